import { holdDrill } from './drill.ts';
import type { DrillInput, DrillResult } from './drill-contract.ts';

/**
 * Shows that a recovery would work: a stored backup is restored apart from production, by the steps of a recovery, compared, and the
 * application started on it; its time is held against the objectives and against former drills.
 *
 * @param rawInput every field may be left out: a schedule starts it with an almost empty input.
 */
export async function monthlyDrill(rawInput: DrillInput = {}): Promise<DrillResult> {
  return holdDrill('monthlyDrill', rawInput);
}
