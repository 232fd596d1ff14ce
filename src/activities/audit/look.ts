import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal, getClient, heartbeat } from '@temporalio/activity';
import {
  type AuditRecord,
  type Judgement,
  judge,
  overdueAfterMs,
  type Seen,
  type SeenIncident,
  type SeenSchedule,
} from '../../audit/judge.ts';
import { windowOf } from '../../audit/window.ts';
import { backupsFolder } from '../../catalog/layout.ts';
import { listBackups } from '../../catalog/list.ts';
import { lastDrillDue } from '../../drills/dates.ts';
import { readDrills } from '../../drills/files.ts';
import { rememberDrillRules } from '../../drills/rules-record.ts';
import { type IncidentView, incidentQuery } from '../../incident/contract.ts';
import type { Plan } from '../../plan/schema.ts';
import { type WantedSchedule, wantedSchedules } from '../../schedules/definition.ts';
import { matchingTimes } from '../../schedules/matching-times.ts';
import { describe } from '../../schedules/server.ts';
import { lockId } from '../../workflows/contract.ts';
import { tieredBackups } from '../backups/due-tiers.ts';
import type { WorkerContext } from '../context.ts';
import { describeLock } from '../host/lock.ts';
import { readRecord } from './record.ts';

/** How long the workers have to take what waited for them before a deadline that passed is a fault. */
const secondLookMs = 30_000;
const askWithinMs = 10_000;

/** Looks at every open incident, schedule and backup, and judges. Nothing is changed; what is to be remembered comes with the answer. */
export async function lookAtAll(context: WorkerContext, { plan }: { plan: Plan }): Promise<Judgement> {
  const before = await readRecord(context.stateFolder);
  const now = Date.now();
  const [incidents, schedules, entries, lock] = await Promise.all([
    seenIncidents(plan, now),
    Promise.all(wantedSchedules(plan).map((wanted) => seenSchedule(wanted, before, now))),
    listBackups(backupsFolder(context, plan)),
    describeLock({ lockId: lockId(plan.stack.project) }),
  ]);
  const drill = await seenDrill(context.stateFolder, plan, now);
  const seen: Seen = { incidents, schedules, backups: tieredBackups(entries, plan), drill, recovery: lock?.workflowId ?? null };
  return judge(plan, seen, before, now);
}

/** By the dates that the plan had since it was first looked at, and the drills on record: Temporal forgets both. */
async function seenDrill(stateFolder: string, plan: Plan, now: number): Promise<Seen['drill']> {
  const [rules, drills] = await Promise.all([rememberDrillRules(stateFolder, plan, now), readDrills(stateFolder)]);
  return lastDrillDue(rules, drills, now);
}

/** One that seems late is asked once more: the worker may have come back this very moment. */
async function seenIncidents(plan: Plan, now: number): Promise<SeenIncident[]> {
  const first = await askIncidents(plan);
  const isLate = ({ silent, nextDeadline }: SeenIncident) =>
    silent !== null || (nextDeadline !== null && now - nextDeadline > overdueAfterMs);
  if (!first.some(isLate)) return first;
  heartbeat({ text: 'an incident seems late: a second look' });
  await delay(secondLookMs, undefined, { signal: cancellationSignal() });
  return askIncidents(plan);
}

async function askIncidents({ stack }: Plan): Promise<SeenIncident[]> {
  const { workflow, connection } = getClient();
  const query = `WorkflowType = 'incident' AND ExecutionStatus = 'Running' AND KintsugiStack = '${stack.project}'`;
  const found: SeenIncident[] = [];
  for await (const { workflowId } of workflow.list({ query })) {
    const view = await connection
      .withDeadline(Date.now() + askWithinMs, () => workflow.getHandle(workflowId).query<IncidentView>(incidentQuery))
      .catch((error: unknown) => error as Error);
    // Closed meanwhile: the list is behind.
    if (view instanceof Error && /not found|already completed/i.test(String(view))) continue;
    found.push(
      view instanceof Error
        ? { workflowId, nextDeadline: null, silent: view.message }
        : { workflowId, nextDeadline: view.nextDeadline === null ? null : Date.parse(view.nextDeadline), silent: null },
    );
  }
  return found;
}

async function seenSchedule(
  { kind, id, run, definition }: WantedSchedule,
  before: AuditRecord | null,
  now: number,
): Promise<SeenSchedule> {
  const client = getClient();
  const found = await describe(client as never, id);
  const { missedMatters } = run;
  if (found === null)
    return { kind, there: false, paused: false, since: now, due: [], ran: [], missed: 0, skipped: 0, missedMatters };
  const { createdAt, lastUpdatedAt, recentActions, numActionsMissedCatchupWindow, numActionsSkippedOverlap } = found.info;
  const since = Math.max(createdAt.getTime(), lastUpdatedAt?.getTime() ?? 0);
  const schedule = { namespace: client.options.namespace, scheduleId: id };
  const window = windowOf({ kind, since, ...definition }, before, now);
  const due = missedMatters ? await matchingTimes(client.connection, schedule, window, definition.jitterMs) : [];
  return {
    kind,
    there: true,
    paused: found.state.paused,
    since,
    due,
    ran: recentActions.map(({ scheduledAt }) => scheduledAt.getTime()),
    missed: numActionsMissedCatchupWindow,
    skipped: numActionsSkippedOverlap,
    missedMatters,
  };
}
