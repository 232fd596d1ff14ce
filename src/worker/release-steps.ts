import { Client } from '@temporalio/client';
import type { Logger, NativeConnection } from '@temporalio/worker';
import { toFailure } from '../errors/failure.ts';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { identityHere } from './identity.ts';
import type { ProcessFile } from './process-file.ts';

export interface ReleaseOptions {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly logger: Logger;
}

/** PENDING_ACTIVITY_STATE_STARTED of Temporal's API: an attempt is being made. */
const started = 2;

/** Many more than ever run at once: a bound, so that a start never waits for a long list. */
const most = 100;

/**
 * Ends the attempts that a killed worker was at, so that they are tried again at once. Temporal itself notices its death by the
 * heartbeats that do not come, seconds later: in a recovery they count. Only a worker of this host whose process is known to
 * be gone is spoken for. What cannot be released here is left to the heartbeat timeout.
 */
export async function releaseSteps(options: ReleaseOptions, killed: ProcessFile): Promise<void> {
  const { connection, namespace, taskQueue, logger } = options;
  const identity = identityHere(killed.build ?? '', killed.pid);
  try {
    const client = new Client({ connection, namespace });
    let looked = 0;
    const query = `TaskQueue = "${taskQueue}" AND ExecutionStatus = "Running"`;
    for await (const { workflowId, runId } of client.workflow.list({ query })) {
      looked += 1;
      if (looked > most) return;
      // Its next decision would wait for the killed worker's own queue.
      await client.workflowService.resetStickyTaskQueue({ namespace, execution: { workflowId, runId } });
      const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
      for (const { activityId, activityType, lastWorkerIdentity, state } of raw.pendingActivities ?? []) {
        if (lastWorkerIdentity !== identity || state !== started || !activityId) continue;
        const error = new KintsugiError('WORKER_DIED', `Worker process ${killed.pid} was killed in ${activityType?.name}.`);
        await client.activity.fail({ workflowId, runId, activityId }, toFailure(error));
        logger.info('Released a step of the worker before, which was killed', { workflowId, activity: activityType?.name });
      }
    }
  } catch (error) {
    logger.warn('Steps of the worker before could not be released; they time out by themselves', { error });
  }
}
