import { hostname } from 'node:os';
import type { Connection } from '@temporalio/client';
import { parseIdentity, type WorkerIdentity } from './identity.ts';
import { processIdentity } from './process-identity.ts';

export interface QueueAt {
  readonly connection: Pick<Connection, 'workflowService'>;
  readonly namespace: string;
  readonly taskQueue: string;
}

/** @returns the workers that listen on a task queue now. */
export async function findWorkers({ connection, namespace, taskQueue }: QueueAt): Promise<WorkerIdentity[]> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType: 1,
  });
  const now = Date.now();
  return (pollers ?? []).flatMap((poller) => {
    const identity = parseIdentity(poller.identity ?? '');
    const seenMs = Number(poller.lastAccessTime?.seconds ?? 0) * 1000;
    return identity !== null && isListening(identity, now - seenMs) ? [identity] : [];
  });
}

/**
 * Temporal remembers a poller for minutes after its end. One on this machine can be looked for; one elsewhere polls once a
 * minute at least.
 */
function isListening(worker: WorkerIdentity, silentMs: number): boolean {
  return worker.host === hostname() ? processIdentity(worker.pid) !== null : silentMs < 75_000;
}
