import { addToHistory, readHistory } from '../../integrity/history.ts';
import type { CheckRun } from '../../integrity/trend.ts';
import type { WorkerContext } from '../context.ts';
import { lookAtCatalog } from './catalog.ts';
import { readRelations } from './relations.ts';
import { writeCheckReport } from './report.ts';
import { checkValues } from './values.ts';

/** @returns the activities of the weekly checks. */
export function createIntegrityActivities(context: WorkerContext) {
  const bind =
    <I, O>(step: (context: WorkerContext, input: I) => Promise<O>) =>
    (input: I): Promise<O> =>
      step(context, input);
  return {
    checkValues: bind(checkValues),
    lookAtCatalog: bind(lookAtCatalog),
    readRelations: bind(readRelations),
    writeCheckReport: bind(writeCheckReport),
    /** @returns the run before this one; null if it is the first. */
    keepChecks: async (run: CheckRun): Promise<{ before: CheckRun | null }> => {
      await addToHistory(context.stateFolder, run);
      return { before: (await readHistory(context.stateFolder, run.database)).findLast(({ at }) => at < run.at) ?? null };
    },
  };
}
