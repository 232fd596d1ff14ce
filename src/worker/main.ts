/** Entry of the worker process: `node dist/worker/main.js --plan FILE`. `kintsugi up` starts it; systemd or Compose may as well. */
import { parseArgs } from 'node:util';
import { Runtime } from '@temporalio/worker';
import { formatError, KintsugiError } from '../errors/kintsugi-error.ts';
import { errorTable, exitStatus } from '../errors/table.ts';
import { createRedactor } from '../evidence/redact.ts';
import { discoverPlan, loadPlan } from '../plan/load.ts';
import { taskQueueOf } from '../workflows/contract.ts';
import { createLogger } from './logger.ts';
import { buildId } from './package-root.ts';
import { runWorker } from './run-worker.ts';
import { becomeWorker } from './worker-file.ts';

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { plan: { type: 'string' } } });
  const loaded = await loadPlan(await discoverPlan(process.cwd(), values.plan));
  const redactor = createRedactor();
  const logger = createLogger(redactor);
  Runtime.install({
    logger,
    telemetryOptions: { logging: { filter: { core: 'WARN', other: 'WARN' }, forward: {} } },
    // Ours below: it also ends the wait for a Temporal that is not there.
    shutdownSignals: [],
  });
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
  try {
    await runWorker({ loaded, signal: stop.signal, redactor, logger, killed });
    logger.info('Worker ended');
  } finally {
    leave();
  }
}

try {
  await main();
  process.exit(0);
} catch (error) {
  const known = error instanceof KintsugiError ? error : new KintsugiError('INTERNAL', String(error), { cause: error });
  process.stderr.write(`${formatError(known)}\n`);
  process.exit(errorTable[known.code].exit);
}
