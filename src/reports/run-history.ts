/** What a report takes from Temporal's history of a run. Needs no worker. */
import { defaultPayloadConverter, type Payload, type ProtoFailure } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';

export interface RunHistory {
  readonly procedure: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly status: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timedOut' | 'continued';
  readonly input: unknown;
  readonly result: unknown;
  readonly failure: HistoryFailure | null;
  readonly activities: readonly HistoryActivity[];
  /** Answers of people, as they were accepted; `denied` says why one was not allowed. */
  readonly updates: readonly {
    readonly name: string;
    readonly at: string;
    readonly input: unknown;
    readonly denied?: string;
  }[];
  /** The run before this one, of a workflow that continues as new. */
  readonly continuedFrom?: string;
  readonly interventions: readonly {
    readonly what: 'cancel' | 'terminate';
    readonly at: string;
    readonly by: string;
    readonly reason: string | null;
  }[];
}

export interface HistoryFailure {
  readonly code: string | null;
  readonly message: string;
  readonly state: string | null;
  readonly hints: readonly string[];
}

export interface HistoryActivity {
  readonly id: string;
  readonly name: string;
  readonly scheduledAt: string;
  /** Attempts up to the last one that began; 0 if none is known to have. */
  readonly attempts: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly outcome: 'running' | 'done' | 'failed' | 'cancelled' | 'timedOut';
  readonly result: unknown;
  readonly failure: HistoryFailure | null;
  readonly worker: string | null;
}

type Event = temporal.api.history.v1.IHistoryEvent;

/** @returns the parts of a history that a report tells. Fields that a payload converter of ours did not write are left out. */
export function readHistory(history: temporal.api.history.v1.IHistory): RunHistory {
  const events = history.events ?? [];
  const started = events[0]?.workflowExecutionStartedEventAttributes;
  return {
    procedure: started?.workflowType?.name ?? '',
    startedAt: instant(events[0]),
    ...endOf(events),
    input: payload(started?.input?.payloads?.[0]),
    activities: activitiesIn(events),
    updates: updatesIn(events),
    ...(started?.continuedExecutionRunId ? { continuedFrom: started.continuedExecutionRunId } : {}),
    interventions: events.flatMap(interventionIn),
  };
}

function updatesIn(events: readonly Event[]): RunHistory['updates'] {
  const failures = new Map(
    events.flatMap((event) => {
      const done = event.workflowExecutionUpdateCompletedEventAttributes;
      const failure = failureOf(done?.outcome?.failure);
      return failure === null ? [] : [[String(done?.acceptedEventId), failure.message] as const];
    }),
  );
  return events.flatMap((event) => {
    const request = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest;
    if (!request) return [];
    const denied = failures.get(String(event.eventId));
    const input = payload(request.input?.args?.payloads?.[0]);
    return [{ name: request.input?.name ?? '', at: instant(event), input, ...(denied === undefined ? {} : { denied }) }];
  });
}

function endOf(events: readonly Event[]): Pick<RunHistory, 'status' | 'endedAt' | 'result' | 'failure'> {
  const last = events.at(-1);
  const at = instant(last);
  const ended = { endedAt: at, result: null, failure: null };
  if (last?.workflowExecutionCompletedEventAttributes) {
    return {
      ...ended,
      status: 'completed',
      result: payload(last.workflowExecutionCompletedEventAttributes.result?.payloads?.[0]),
    };
  }
  if (last?.workflowExecutionFailedEventAttributes)
    return { ...ended, status: 'failed', failure: failureOf(last.workflowExecutionFailedEventAttributes.failure) };
  if (last?.workflowExecutionCanceledEventAttributes) return { ...ended, status: 'cancelled' };
  if (last?.workflowExecutionTerminatedEventAttributes) return { ...ended, status: 'terminated' };
  if (last?.workflowExecutionTimedOutEventAttributes) return { ...ended, status: 'timedOut' };
  if (last?.workflowExecutionContinuedAsNewEventAttributes) return { ...ended, status: 'continued' };
  return { status: 'running', endedAt: null, result: null, failure: null };
}

function activitiesIn(events: readonly Event[]): HistoryActivity[] {
  const activities = new Map<string, HistoryActivity>();
  const change = (scheduled: unknown, by: Partial<HistoryActivity>): void => {
    const before = activities.get(String(scheduled));
    if (before !== undefined) activities.set(String(scheduled), { ...before, ...by });
  };
  for (const event of events) {
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled) {
      activities.set(String(event.eventId), {
        id: scheduled.activityId ?? '',
        name: scheduled.activityType?.name ?? '',
        scheduledAt: instant(event),
        attempts: 0,
        startedAt: null,
        endedAt: null,
        outcome: 'running',
        result: null,
        failure: null,
        worker: null,
      });
    }
    const started = event.activityTaskStartedEventAttributes;
    if (started) {
      change(started.scheduledEventId, {
        attempts: started.attempt ?? 1,
        startedAt: instant(event),
        worker: started.identity ?? null,
        failure: failureOf(started.lastFailure),
      });
    }
    const endedAt = instant(event);
    const done = event.activityTaskCompletedEventAttributes;
    if (done)
      change(done.scheduledEventId, { outcome: 'done', endedAt, result: payload(done.result?.payloads?.[0]), failure: null });
    const failed = event.activityTaskFailedEventAttributes;
    if (failed) change(failed.scheduledEventId, { outcome: 'failed', endedAt, failure: failureOf(failed.failure) });
    const timedOut = event.activityTaskTimedOutEventAttributes;
    if (timedOut) change(timedOut.scheduledEventId, { outcome: 'timedOut', endedAt, failure: failureOf(timedOut.failure) });
    const cancelled = event.activityTaskCanceledEventAttributes;
    if (cancelled) change(cancelled.scheduledEventId, { outcome: 'cancelled', endedAt });
  }
  return [...activities.values()];
}

function interventionIn(event: Event): RunHistory['interventions'] {
  const cancel = event.workflowExecutionCancelRequestedEventAttributes;
  if (cancel) return [{ what: 'cancel', at: instant(event), by: cancel.identity || 'not known', reason: cancel.cause || null }];
  const terminated = event.workflowExecutionTerminatedEventAttributes;
  return terminated
    ? [{ what: 'terminate', at: instant(event), by: terminated.identity || 'not known', reason: terminated.reason || null }]
    : [];
}

/** The innermost failure with a code of ours tells most; an ActivityFailure around it only says that an activity failed. */
function failureOf(failure: ProtoFailure | null | undefined): HistoryFailure | null {
  if (!failure) return null;
  const details = payload(failure.applicationFailureInfo?.details?.payloads?.[0]) as Partial<HistoryFailure> | null;
  const inner = failureOf(failure.cause);
  if (failure.applicationFailureInfo?.type || inner === null) {
    return {
      code: failure.applicationFailureInfo?.type ?? null,
      message: failure.message ?? '',
      state: typeof details?.state === 'string' ? details.state : null,
      hints: Array.isArray(details?.hints) ? details.hints.map(String) : [],
    };
  }
  return inner;
}

function payload(value: Payload | null | undefined): unknown {
  if (!value) return null;
  try {
    return defaultPayloadConverter.fromPayload(value);
  } catch {
    return null;
  }
}

function instant(event: Event | undefined): string {
  const { seconds, nanos } = event?.eventTime ?? {};
  return new Date(Number(seconds ?? 0) * 1000 + Math.floor((nanos ?? 0) / 1e6)).toISOString();
}
