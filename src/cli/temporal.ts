/** The one place where the command line meets Temporal. */
import { createConnection } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import type { Plan } from '../plan/schema.ts';
import { splitAddress, temporalAddress } from '../worker/connection-options.ts';
import { findWorkers } from '../worker/find-workers.ts';
import { taskQueueOf } from '../workflows/task-queues.ts';

export { findWorkers };

export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  readonly taskQueue: string;
}

/**
 * Connects to the plan's Temporal, hands the connection to `use`, and closes it.
 *
 * @throws KintsugiError TEMPORAL_UNREACHABLE when nothing answers, and what `use` throws.
 */
export async function withTemporal<T>(plan: Plan, use: (temporal: Temporal) => Promise<T>): Promise<T> {
  const temporal = await connect(plan);
  try {
    return await use(temporal);
  } catch (error) {
    throw isUnreachable(error) ? unreachable(plan, error) : error;
  } finally {
    await temporal.connection.close().catch(() => undefined);
  }
}

/** @throws KintsugiError TEMPORAL_UNREACHABLE */
export async function connect(plan: Plan, withinMs = 5_000): Promise<Temporal> {
  const { namespace, ...address } = await temporalAddress(plan.temporal);
  try {
    // gRPC would try for the whole time, also where nobody listens at all.
    await knock(plan.temporal.address, withinMs);
    const connection = await Connection.connect({
      ...address,
      connectTimeout: withinMs,
      // gRPC waits up to two minutes before it tries a server again; a person before a terminal does not.
      channelArgs: { 'grpc.initial_reconnect_backoff_ms': 500, 'grpc.max_reconnect_backoff_ms': 2_000 },
    });
    return { client: new Client({ connection, namespace }), connection, namespace, taskQueue: taskQueueOf(plan) };
  } catch (error) {
    throw unreachable(plan, error);
  }
}

/** @throws the system's error when no connection is accepted. */
async function knock(address: string, withinMs: number): Promise<void> {
  const socket = createConnection({ ...splitAddress(address), timeout: withinMs });
  try {
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.once('timeout', () => reject(new Error(`${address} does not answer`)));
    });
  } finally {
    socket.destroy();
  }
}

/** @returns whether the plan's address answers as a Temporal server, within a second and a half. */
export async function answers(plan: Plan): Promise<boolean> {
  try {
    const { connection } = await connect(plan, 1_500);
    await connection.close();
    return true;
  } catch {
    return false;
  }
}

/** gRPC status codes that mean that no server answered (not that it answered no). */
const noAnswer = new Set([4, 14]);

/** @returns whether an error of Temporal's client means that no server answered. */
export function isUnreachable(error: unknown): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as { code?: unknown };
    if (typeof code === 'number' && noAnswer.has(code)) return true;
    if (code === 'ECONNREFUSED' || code === 'ECONNRESET' || (cause instanceof KintsugiError && code === 'TEMPORAL_UNREACHABLE'))
      return true;
  }
  return false;
}

function unreachable(plan: Plan, cause: unknown): KintsugiError {
  return new KintsugiError('TEMPORAL_UNREACHABLE', `The Temporal server at ${plan.temporal.address} does not answer.`, {
    state: 'The application is as it was. A recovery that was running goes on when Temporal is back.',
    hints: [
      'kintsugi up',
      'kintsugi doctor',
      'kintsugi up --embedded    (if it can’t be brought back now: one on this machine stands in for it)',
    ],
    cause,
  });
}

/** @throws KintsugiError WORKER_MISSING when no worker listens: a workflow started now would only wait. */
export async function requireWorker(temporal: Temporal): Promise<void> {
  if ((await findWorkers(temporal)).length > 0) return;
  throw new KintsugiError('WORKER_MISSING', `No Kintsugi worker listens on task queue ${temporal.taskQueue}.`, {
    state: 'Nothing was started.',
    hints: ['kintsugi up'],
  });
}
