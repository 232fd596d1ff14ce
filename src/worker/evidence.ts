import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory, Logger } from '@temporalio/worker';
import { appendEvidence } from '../evidence/append.ts';
import { type EvidenceEntry, evidenceFile } from '../evidence/line.ts';
import type { Redactor } from '../evidence/redact.ts';
import { summarise } from '../evidence/summary.ts';

export interface EvidenceOptions {
  readonly stateFolder: string;
  readonly redactor: Redactor;
  /** Identity of this worker, as Temporal knows it. */
  readonly worker: string;
  readonly logger: Logger;
}

/**
 * @returns an interceptor that keeps a line of evidence of each activity attempt, outside Temporal, whose retention ends.
 *   It stands before the failure interceptor in the worker's list, so that it sees failures as Temporal stores them.
 *   An attempt whose worker was killed leaves no line: it shows as a gap in the attempts.
 */
export function evidenceInterceptor(options: EvidenceOptions): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        // It looks every few minutes for ever; what it finds is in an incident, which keeps its own.
        if (info.workflowType === 'audit') return next(input);
        const { workflowId, runId } = info.workflowExecution ?? { workflowId: 'none', runId: info.activityId };
        const attempt = {
          activity: info.activityType,
          activityId: info.activityId,
          attempt: info.attempt,
          startedAt: new Date().toISOString(),
        };
        const keep = (end: Pick<EvidenceEntry, 'outcome' | 'code' | 'message' | 'result'>) =>
          append(evidenceFile(options.stateFolder, workflowId, runId), {
            ...attempt,
            endedAt: new Date().toISOString(),
            ...end,
            worker: options.worker,
          });
        try {
          const result = await next(input);
          await keep({ outcome: 'done', result: summarise(info.activityType, result, options.redactor) });
          return result;
        } catch (error) {
          await keep(failed(error, options.redactor));
          throw error;
        }
      },
    },
  });

  /** A full disk is one of the disasters: a line that can't be written must not stop the recovery. */
  async function append(file: string, entry: EvidenceEntry): Promise<void> {
    try {
      await appendEvidence(file, entry);
    } catch (error) {
      options.logger.error('Evidence could not be written', { file, activity: entry.activity, attempt: entry.attempt, error });
    }
  }
}

function failed(error: unknown, redactor: Redactor): Pick<EvidenceEntry, 'outcome' | 'code' | 'message'> {
  if (error instanceof CancelledFailure) return { outcome: 'cancelled', message: error.message };
  const message = redactor.text(error instanceof Error ? error.message : String(error)).slice(0, 4000);
  const code = error instanceof ApplicationFailure ? (error.type ?? 'INTERNAL') : 'INTERNAL';
  return { outcome: 'failed', code, message };
}
