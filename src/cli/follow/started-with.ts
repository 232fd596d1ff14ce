import { defaultPayloadConverter } from '@temporalio/common';
import type { Temporal } from '../temporal.ts';

/** What a run was started with, and by whom, as the first event of its history has it. */
export interface StartedWith<T> {
  /** Null where it was started without an input. */
  readonly input: T | null;
  /** Identity of the client that started it. */
  readonly identity: string;
}

/** @param runId the newest run if missing. */
export async function startedWith<T>(
  { connection, namespace }: Temporal,
  workflowId: string,
  runId?: string,
): Promise<StartedWith<T>> {
  const { history } = await connection.workflowService.getWorkflowExecutionHistory({
    namespace,
    execution: { workflowId, ...(runId === undefined ? {} : { runId }) },
    maximumPageSize: 1,
  });
  const attributes = history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const payload = attributes?.input?.payloads?.[0];
  return {
    input: payload ? defaultPayloadConverter.fromPayload<T | null>(payload) : null,
    identity: attributes?.identity ?? '',
  };
}
