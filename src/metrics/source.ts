import { Client, Connection } from '@temporalio/client';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { WorkerContext } from '../activities/context.ts';
import type { LoadedPlan } from '../plan/load.ts';
import { judgeReadiness } from '../readiness/judge.ts';
import { lookAtEverything } from '../readiness/look/everything.ts';
import { lookAtTemporal } from '../readiness/look/temporal.ts';
import { temporalAddress } from '../worker/connection-options.ts';
import { findWorkers } from '../worker/find-workers.ts';
import { buildId, packageVersion } from '../worker/package-root.ts';
import { taskQueueOf } from '../workflows/task-queues.ts';
import { createGauges } from './gauges.ts';
import { measuresOf } from './measures.ts';

/** A look reads every manifest and asks Temporal and the database: more often tells nothing new. */
const freshForMs = 15_000;
/** Prometheus gives a scrape 10 seconds by default. What is not there by then comes with the next one. */
const patienceMs = 5_000;

export interface MetricsSource {
  /** @returns all metrics in Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
  close(): Promise<void>;
}

/**
 * Metrics of a plan: what readiness sees and judges, this process's own, and Temporal's.
 *
 * A scrape looks when the last look is old, one look at a time, and does not wait long for it: when Temporal or the database hangs, what
 * was seen last is told, with the instant at which it was seen.
 *
 * @param temporalMetrics where the SDK answers with its own; null: nowhere.
 */
export async function createMetricsSource(
  loaded: LoadedPlan,
  context: WorkerContext,
  temporalMetrics: string | null,
): Promise<MetricsSource> {
  const { plan } = loaded;
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const set = createGauges(registry, plan.stack.project);
  const { namespace, ...address } = await temporalAddress(plan.temporal);
  const connection = Connection.lazy(address);
  const client = new Client({ connection, namespace });
  const askTemporal = async () =>
    lookAtTemporal(client, plan, await findWorkers({ connection, namespace, taskQueue: taskQueueOf(plan) }));
  const build = [{ value: 1, labels: { build: buildId(), version: packageVersion() } }];
  let looking: Promise<void> | null = null;
  let lookedAt = 0;

  async function look(): Promise<void> {
    const facts = await lookAtEverything(loaded, context, askTemporal);
    set({ ...measuresOf(plan, facts, judgeReadiness(plan, facts)), kintsugi_worker_build: build });
    lookedAt = Date.now();
  }

  return {
    contentType: registry.contentType,
    async text() {
      if (Date.now() - lookedAt > freshForMs)
        looking ??= look().finally(() => {
          looking = null;
        });
      await Promise.race([looking, new Promise((resolve) => setTimeout(resolve, patienceMs).unref())]);
      return `${await registry.metrics()}\n${await sdkMetrics(temporalMetrics)}`;
    },
    close: () => connection.close().catch(() => undefined),
  };
}

/** The rest is told without them. */
async function sdkMetrics(address: string | null): Promise<string> {
  if (address === null) return '';
  const answer = await fetch(address, { signal: AbortSignal.timeout(2_000) }).catch(() => null);
  return answer?.ok === true ? answer.text() : '';
}
