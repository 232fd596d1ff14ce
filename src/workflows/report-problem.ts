import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  defineSignal,
  getExternalWorkflowHandle,
  log,
  ParentClosePolicy,
  startChild,
} from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { type IncidentInput, incidentSignals } from '../incident/contract.ts';
import { summaryLine } from '../text/summary.ts';
import { incident } from './incident.ts';

const occurrenceSignal = defineSignal<[IncidentInput]>(incidentSignals.occurrence);
const recoveredSignal = defineSignal<[{ by: string; reason: string }]>(incidentSignals.recovered);

/**
 * Opens the incident of a problem, or tells the one that is open that it is there still. The incident outlives who opened it, and is
 * opened also when that one is being cancelled.
 *
 * @param id of the incident: `incidentId`. @throws what starting a workflow throws, so that the problem is not lost in silence.
 */
export async function reportProblem(id: string, occurrence: IncidentInput): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    try {
      await startChild(incident, {
        workflowId: id,
        args: [occurrence],
        parentClosePolicy: ParentClosePolicy.ABANDON,
        staticSummary: summaryLine(`${occurrence.severity} ${occurrence.problem}`),
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await signal(() => getExternalWorkflowHandle(id).signal(occurrenceSignal, occurrence));
    }
  });
}

/** Tells the incident of a problem, if there is one, that it is gone. */
export async function reportRecovered(id: string, by: string, reason: string): Promise<void> {
  await signal(() => getExternalWorkflowHandle(id).signal(recoveredSignal, { by, reason }));
}

/** One that has just been closed can't be told, and need not be. */
async function signal(send: () => Promise<void>): Promise<void> {
  await send().catch((error: unknown) => log.warn(`the incident was not told: ${fromFailure(error).message}`));
}
