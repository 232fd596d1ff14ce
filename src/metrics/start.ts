import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Logger, Runtime, type RuntimeOptions } from '@temporalio/worker';
import type { WorkerContext } from '../activities/context.ts';
import type { LoadedPlan } from '../plan/load.ts';
import { serveMetrics } from './endpoint.ts';
import { createMetricsSource } from './source.ts';

/**
 * Installs the SDK's runtime, with its own metrics on a port of the loopback where the plan wants metrics.
 *
 * @returns where the SDK answers with them; null where none are wanted, or no port could be had: a worker without metrics is
 *   better than none.
 */
export async function installRuntime(options: RuntimeOptions, isWanted: boolean, logger: Logger): Promise<string | null> {
  for (let tries = 3; isWanted && tries > 0; tries -= 1) {
    const bindAddress = `127.0.0.1:${await freePort()}`;
    try {
      // Units and endings as Prometheus wants them.
      const prometheus = { bindAddress, countersTotalSuffix: true, unitSuffix: true, useSecondsForDurations: true };
      Runtime.install({ ...options, telemetryOptions: { ...options.telemetryOptions, metrics: { prometheus } } });
      return `http://${bindAddress}/metrics`;
    } catch (error) {
      // Somebody took the port a moment ago.
      logger.warn('Temporal’s metrics could not be told', { bindAddress, error });
    }
  }
  Runtime.install(options);
  return null;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/**
 * Starts what the plan wants of metrics.
 *
 * @returns what ends it. An address that can't be listened on is told in the log: a recovery must not wait for metrics.
 */
export async function startMetrics(
  loaded: LoadedPlan,
  context: WorkerContext,
  temporalMetrics: string | null,
  logger: Logger,
): Promise<() => Promise<void>> {
  const { listen } = loaded.plan.metrics;
  if (listen === 'off') return () => Promise.resolve();
  try {
    const source = await createMetricsSource(loaded, context, temporalMetrics);
    const server = await serveMetrics(listen, source, logger);
    return async () => {
      server.close();
      server.closeAllConnections();
      await source.close();
    };
  } catch (error) {
    logger.error(`No metrics: ${listen} (metrics.listen of the plan) can't be listened on`, { error });
    return () => Promise.resolve();
  }
}
