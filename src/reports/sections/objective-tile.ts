import { words } from '../../text/time.ts';
import type { Tile } from '../document/document.ts';
import type { Objective } from '../report.ts';
import * as say from '../say.ts';

/** @returns what was achieved of what was promised, for a manager. */
export function objectiveTile(name: string, { promisedMs, achievedMs, kept, why }: Objective): Tile {
  return {
    name,
    value: achievedMs === null ? '–' : say.took(achievedMs),
    text: [why ?? '', promisedMs === null ? '' : `${words(promisedMs)} promised`].filter((part) => part !== '').join('; '),
    ...(kept === null ? {} : { verdict: { text: kept ? 'kept' : 'missed', tone: kept ? ('good' as const) : ('bad' as const) } }),
    ...(promisedMs === null || achievedMs === null ? {} : { gauge: achievedMs / promisedMs }),
  };
}
