import type { WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { messages, type Progress, type StepHeartbeat } from '../../workflows/contract.ts';
import { isUnreachable, type Temporal } from '../temporal.ts';
import { isProgress, type Observation, type PendingActivity, type RunStatus } from './observation.ts';

/** How long one look may take: what does not answer by then is said to be away, and asked again. */
const patience = 3_000;

/**
 * Looks at one run.
 *
 * @param before what was seen last: it stays where nothing newer is known.
 * @throws what Temporal answers, but not that it does not answer: that is `trouble`, if there was a look before.
 */
export async function observe(temporal: Temporal, handle: WorkflowHandle, before?: Observation): Promise<Observation> {
  let description: WorkflowExecutionDescription;
  try {
    description = await temporal.connection.withDeadline(Date.now() + patience, () => handle.describe());
  } catch (error) {
    if (before !== undefined && isUnreachable(error)) return { ...before, trouble: 'temporal' };
    throw error;
  }
  const known = {
    workflowId: description.workflowId,
    runId: description.runId,
    procedure: description.type,
    status: description.status.name as RunStatus,
    startedAt: description.startTime.getTime(),
    closedAt: description.closeTime?.getTime() ?? null,
    pending: pendingOf(description),
  };
  const last = before?.progress ?? null;
  if (known.status !== 'RUNNING') return { ...known, progress: last, trouble: 'none' };
  try {
    return { ...known, progress: await askProgress(temporal, handle), trouble: 'none' };
  } catch (error) {
    // A procedure without a progress query (takeBackup) is shown by its pending activities alone.
    return { ...known, progress: last, trouble: hasNoSuchQuery(error) ? 'none' : 'worker' };
  }
}

/** @returns the answer of the `progress` query. Needs a worker, also for a closed run. */
export async function askProgress(temporal: Temporal, handle: WorkflowHandle): Promise<Progress | null> {
  const answer = await temporal.connection.withDeadline(Date.now() + patience, () => handle.query<Progress>(messages.progress));
  return isProgress(answer) ? answer : null;
}

function hasNoSuchQuery(error: unknown): boolean {
  return error instanceof Error && error.name === 'QueryNotRegisteredError';
}

function pendingOf(description: WorkflowExecutionDescription): PendingActivity[] {
  return (description.raw.pendingActivities ?? []).map((pending) => ({
    activity: pending.activityType?.name ?? '',
    attempt: pending.attempt ?? 1,
    heartbeat: heartbeatOf(pending.heartbeatDetails?.payloads?.[0]),
    lastFailure: failureText(pending.lastFailure),
  }));
}

type Payload = Parameters<typeof defaultPayloadConverter.fromPayload>[0];

function heartbeatOf(payload: Payload | undefined): StepHeartbeat | null {
  if (payload === undefined) return null;
  try {
    const details = defaultPayloadConverter.fromPayload<StepHeartbeat | null>(payload);
    return typeof details?.text === 'string' ? details : null;
  } catch {
    return null;
  }
}

interface RawFailure {
  message?: string | null;
  applicationFailureInfo?: { type?: string | null } | null;
  cause?: RawFailure | null;
}

function failureText(failure: RawFailure | null | undefined): string | null {
  if (!failure) return null;
  const code = failure.applicationFailureInfo?.type;
  return code ? `${code}: ${failure.message}` : (failure.message ?? null);
}
