import { clock } from '../text/time.ts';
import type { Procedure } from './steps.ts';

/** @returns what would be lost, for who decides. @param zone in which times are told: the plan's. */
export function lossOf(takenAt: string | null, startTime: Date, zone: string): string {
  if (takenAt === null) return 'it is not known how much would be lost';
  const minutes = Math.max(0, Math.ceil((startTime.getTime() - Date.parse(takenAt)) / 60_000));
  return `what was written since ${clock(takenAt, zone, startTime)}, in the last ${minutes} min before it began, would be lost`;
}

/** In plan mode: what each step would do. */
export function sayPlan(
  procedure: Procedure,
  what: { stops: string; keep: string; liveExists: boolean; skip: readonly string[] },
): void {
  procedure.would('stopServices', `would stop ${what.stops}`);
  procedure.would(
    'fence',
    what.liveExists ? 'would refuse new sessions and end those there are' : 'there is no database to fence',
  );
  procedure.would('restoreBeside', 'would restore into a scratch database; the live one stays as it is');
  procedure.would('verify', 'would compare every table, object, sequence, owner, grant and setting with the backup');
  procedure.would(
    'swap',
    what.liveExists ? `would rename both in one transaction and keep the old one for ${what.keep}` : 'would rename the copy',
  );
  procedure.would('startServices', `would start ${what.stops} again, each when the one before is healthy`);
  for (const name of what.skip) if (name !== 'checks') procedure.skip(name, 'left out on request');
}

/**
 * Which database is live: the old one, none because it was missing or was dropped first on request, or the restored one; with
 * the name under which the old one is kept, and what undo calls it.
 */
export type Live = 'there' | 'missing' | 'dropped' | 'restored' | { readonly kept: string; readonly undo: string };

/** @returns in what state things are once a recovery that ended early has taken back what it did. */
export function stateAfter(done: ReadonlySet<string>, planning: boolean, live: Live): string {
  if (planning || !done.has('approval')) return 'Nothing was stopped or changed.';
  if (live === 'missing')
    return 'There is no database, as before. The services that ran before run again. To try again: kintsugi recover restore';
  if (live === 'dropped')
    return 'The old database was dropped first, as was asked: there is none now. To bring it back: kintsugi recover restore';
  if (live === 'restored') return 'The restored database is live; there was none to replace.';
  if (live === 'there') return 'The old database is live again as it was, and the services that ran before run again.';
  return `The restored database is live; the old one is kept as ${live.kept}. To go back: kintsugi undo ${live.undo}`;
}
