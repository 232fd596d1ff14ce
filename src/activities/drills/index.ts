import { appendDrillLine } from '../../drills/files.ts';
import type { DrillEnded } from '../../drills/record.ts';
import { appendReview, type CompletedReview } from '../../reviews/records.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { tryApplication } from './application.ts';
import { prepareDrill } from './prepare.ts';

/** @returns the activities of drills and of reviews. */
export function createDrillActivities(context: WorkerContext) {
  return {
    prepareDrill: (input: Parameters<typeof prepareDrill>[1]) => prepareDrill(context, input),
    tryApplication: (input: StepInput) => tryApplication(context, input),
    /** Keeps how a drill ended. What it answers is in the evidence, too. */
    recordDrillEnd: async (input: StepInput & { ended: DrillEnded }): Promise<DrillEnded> => {
      const ended = context.redact(input.ended);
      await appendDrillLine(context.stateFolder, input, ended);
      return ended;
    },
    recordReview: (input: CompletedReview): Promise<CompletedReview> => appendReview(context.stateFolder, input),
  };
}
