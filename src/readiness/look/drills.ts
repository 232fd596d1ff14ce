import { readDrills } from '../../drills/files.ts';
import type { Drill } from '../../drills/record.ts';
import type { DrillSeen } from '../facts.ts';

/**
 * The one place that readiness, its page and the metrics read the drills from.
 *
 * @param stateFolder of the plan. @returns the drills on record that came to a result, oldest first.
 */
export async function lookAtDrills(stateFolder: string): Promise<DrillSeen[]> {
  return (await readDrills(stateFolder)).toReversed().flatMap(seenOf);
}

/** One that a person cancelled, or whose end nobody wrote down, shows nothing of a recovery. */
function seenOf({ begun, ended }: Drill): DrillSeen[] {
  if (ended === null || ended.outcome === 'cancelled') return [];
  const [only, ...more] = begun.backups;
  return [
    {
      workflowId: begun.workflowId,
      startedAt: Date.parse(begun.at),
      well: ended.outcome === 'passed' || ended.outcome === 'slow',
      rtaMs: ended.rtaMs,
      rpaMs: ended.rpaMs,
      // Of several, the time is that of the longest restore: of which size is not told.
      bytes: more.length === 0 ? (only?.bytes ?? null) : null,
      text: ended.text,
    },
  ];
}
