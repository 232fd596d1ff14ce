import type { WorkerContext } from '../context.ts';
import { checkRepaired } from './again.ts';
import { findInconsistencies } from './find.ts';
import { lookAtUndo, putBack } from './put-back.ts';
import { repairObjects } from './repair-objects.ts';
import { repairRows } from './repair-rows.ts';

/** @returns the activities that find and repair inconsistent data, and put it back. */
export function createRepairActivities(context: WorkerContext) {
  const bind =
    <I, O>(step: (context: WorkerContext, input: I) => Promise<O>) =>
    (input: I): Promise<O> =>
      step(context, input);
  return {
    findInconsistencies: bind(findInconsistencies),
    repairRows: bind(repairRows),
    repairObjects: bind(repairObjects),
    checkRepaired: bind(checkRepaired),
    lookAtUndo: bind(lookAtUndo),
    putBack: bind(putBack),
  };
}
