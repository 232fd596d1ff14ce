import type { RuntimeOptions } from '@temporalio/worker';
import { exitStatus } from '../errors/table.ts';
import { createRedactor } from '../evidence/redact.ts';
import { installRuntime, startMetrics } from '../metrics/start.ts';
import type { LoadedPlan } from '../plan/load.ts';
import { taskQueueOf } from '../workflows/task-queues.ts';
import { createContext } from './context.ts';
import { createLogger } from './logger.ts';
import { buildId } from './package-root.ts';
import { runWorker } from './run-worker.ts';
import { becomeWorker } from './worker-file.ts';

/**
 * Makes this process the worker of a plan, until it is asked to end: a first SIGTERM, SIGINT or SIGHUP lets running steps end for 30
 * seconds, a second one ends at once.
 *
 * @throws KintsugiError ALREADY_RUNNING when another process is the worker of this plan.
 */
export async function serveAsWorker(loaded: LoadedPlan): Promise<void> {
  const redactor = createRedactor();
  const logger = createLogger(redactor, loaded.plan.stack.project);
  const runtime = {
    logger,
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} } },
    // Ours below: it also ends the wait for a Temporal that is not there.
    shutdownSignals: [],
  } satisfies RuntimeOptions;
  const temporalMetrics = await installRuntime(runtime, loaded.plan.metrics.listen !== 'off', logger);
  const { leave, killed } = becomeWorker(loaded.stateFolder);
  const stop = new AbortController();
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) {
        leave();
        process.exit(exitStatus.fault);
      }
      logger.info(`${name}: taking no more work; running steps get 30 seconds. Once more ends at once.`);
      stop.abort();
    });
  }
  logger.info('Worker starts', {
    plan: loaded.path,
    planSha256: loaded.sha256,
    taskQueue: taskQueueOf(loaded.plan),
    temporal: loaded.plan.temporal.address,
    build: buildId(),
  });
  const endMetrics = await startMetrics(loaded, createContext(loaded, redactor), temporalMetrics, logger);
  try {
    await runWorker({ loaded, signal: stop.signal, redactor, logger, killed });
    logger.info('Worker ended');
  } finally {
    await endMetrics();
    leave();
  }
}
