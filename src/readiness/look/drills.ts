import type { DrillSeen } from '../facts.ts';

/**
 * The one place that readiness, its page and the metrics read the drills from.
 *
 * @param _stateFolder of the plan. @returns the drills on record, oldest first; none is, as long as no drill is written.
 */
export function lookAtDrills(_stateFolder: string): Promise<DrillSeen[]> {
  return Promise.resolve([]);
}
