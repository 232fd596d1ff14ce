import type { Client } from '@temporalio/client';
import { openIncidentsQuery } from '../../incident/contract.ts';
import type { Plan, Severity } from '../../plan/schema.ts';
import { wantedSchedules } from '../../schedules/definition.ts';
import { describe } from '../../schedules/server.ts';
import { lockHolder } from '../../worker/lock-holder.ts';
import { lockId } from '../../workflows/contract.ts';
import { taskQueueOf } from '../../workflows/task-queues.ts';
import type { IncidentSeen, ScheduleSeen, TemporalSeen } from '../facts.ts';

/** Statuses of an incident whose problem is gone; what is still open then is its paper. */
const gone = ['resolved', 'closed'];

/** @returns what Temporal knows; it is asked without a worker's help, which may be gone. @param workers those that listen. */
export async function lookAtTemporal(client: Client, plan: Plan, workers: TemporalSeen['workers']): Promise<TemporalSeen> {
  const [schedules, incidents, holder] = await Promise.all([
    Promise.all(wantedSchedules(plan).map(({ kind, id }) => scheduleOf(client, kind, id))),
    openIncidents(client, plan),
    lockHolder(client, lockId(plan.stack.project)),
  ]);
  return { workers, schedules, incidents, recovery: holder?.workflowId ?? null };
}

async function scheduleOf(client: Client, kind: string, id: string): Promise<ScheduleSeen> {
  const found = await describe(client, id);
  if (found === null) return { kind, state: 'missing', note: '', next: null, last: null, missed: 0 };
  const { recentActions, nextActionTimes, numActionsMissedCatchupWindow } = found.info;
  const times = recentActions.map(({ takenAt }) => takenAt.getTime());
  return {
    kind,
    state: found.state.paused ? 'paused' : 'active',
    note: found.state.note ?? '',
    next: nextActionTimes[0]?.getTime() ?? null,
    last: times.length === 0 ? null : Math.max(...times),
    missed: numActionsMissedCatchupWindow,
  };
}

async function openIncidents(client: Client, plan: Plan): Promise<IncidentSeen[]> {
  const query = openIncidentsQuery(taskQueueOf(plan));
  const found: IncidentSeen[] = [];
  for await (const { workflowId, searchAttributes } of client.workflow.list({ query })) {
    const status = String(searchAttributes.KintsugiPhase?.[0] ?? 'triggered');
    const severity = String(searchAttributes.KintsugiSeverity?.[0] ?? 'P1') as Severity;
    if (!gone.includes(status)) found.push({ workflowId, severity, status });
  }
  return found;
}
