import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from '../activities/index.ts';
import type { Redactor } from '../evidence/redact.ts';
import type { LoadedPlan } from '../plan/load.ts';
import { messagesQueueOf, taskQueueOf } from '../workflows/task-queues.ts';
import { activityLogInterceptor } from './activity-log.ts';
import { Attempts } from './attempts.ts';
import { temporalAddress } from './connection-options.ts';
import { createContext } from './context.ts';
import { evidenceInterceptor } from './evidence.ts';
import { failureInterceptor } from './failures.ts';
import { ownIdentity } from './identity.ts';
import { workflowBundle } from './package-root.ts';
import type { ProcessFile } from './process-file.ts';
import { releaseSteps } from './release-steps.ts';

export interface RunWorkerOptions {
  readonly loaded: LoadedPlan;
  /** Aborted: no new work is taken, running steps get 30 seconds, then this returns. */
  readonly signal: AbortSignal;
  readonly redactor: Redactor;
  readonly logger: Logger;
  /** The worker before this one, if it was killed. */
  readonly killed: ProcessFile | null;
}

const pause = { first: 250, longest: 5_000 };

/**
 * Serves a plan until `signal` is aborted. Temporal may come later than the worker, go away and come back: the worker waits.
 * It never gives up by itself, since a recovery may be waiting for it.
 */
export async function runWorker(options: RunWorkerOptions): Promise<void> {
  const { signal, logger } = options;
  for (let wait = pause.first; !signal.aborted; ) {
    const began = Date.now();
    try {
      await serve(options);
    } catch (error) {
      if (signal.aborted) return;
      if (Date.now() - began > 60_000) wait = pause.first;
      logger.warn(`Temporal does not answer at ${options.loaded.plan.temporal.address}; trying again in ${wait} ms`, { error });
      await sleep(wait, undefined, { signal }).catch(() => undefined);
      wait = Math.min(wait * 2, pause.longest);
    }
  }
}

async function serve({ loaded, signal, redactor, logger, killed }: RunWorkerOptions): Promise<void> {
  const { plan, stateFolder } = loaded;
  const { namespace, ...address } = await temporalAddress(plan.temporal);
  const connection = await NativeConnection.connect(address);
  try {
    if (killed !== null) await releaseSteps({ connection, namespace, taskQueue: taskQueueOf(plan), logger }, killed);
    const identity = ownIdentity();
    const attempts = new Attempts();
    const activities = createActivities(createContext(loaded, redactor, attempts));
    const common = {
      connection,
      namespace,
      identity,
      shutdownGraceTime: '30s',
      shutdownForceTime: '40s',
      // A cancel reaches a step with the answer to a heartbeat: these two say how soon.
      defaultHeartbeatThrottleInterval: '1s',
      maxHeartbeatThrottleInterval: '2s',
      interceptors: {
        activity: [
          activityLogInterceptor(),
          attempts.interceptor(),
          evidenceInterceptor({ stateFolder, redactor, worker: identity, logger }),
          failureInterceptor(redactor),
        ],
      },
    } satisfies Partial<WorkerOptions>;
    const workers = [
      await Worker.create({
        ...common,
        taskQueue: taskQueueOf(plan),
        workflowBundle: { codePath: workflowBundle },
        activities,
        // Docker, a database and a disk are behind them, all on one host: more at once would only make each slower.
        maxConcurrentActivityTaskExecutions: 8,
        maxConcurrentWorkflowTaskExecutions: 20,
        // Enough for a storm of incidents: one that is not cached is replayed for each of its messages and timers.
        maxCachedWorkflows: 300,
        // How long a decision waits for a worker that died before another may take it: replaying a recovery is cheap.
        stickyQueueScheduleToStartTimeout: '2s',
      }),
      await Worker.create({
        ...common,
        taskQueue: messagesQueueOf(plan),
        activities: { sendMessage: activities.sendMessage },
        // They wait for providers, not for this machine: a call rings for a minute.
        maxConcurrentActivityTaskExecutions: 100,
      }),
    ];
    await runTogether(workers, signal);
  } finally {
    await connection.close().catch(() => undefined);
  }
}

/** Runs the workers until the signal, or until one of them ends: then the others end too. */
async function runTogether(workers: readonly Worker[], signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const stop = () => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const ends = await Promise.allSettled(workers.map((worker) => worker.run().finally(stop)));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
