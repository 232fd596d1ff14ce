/**
 * A month of everything that runs by itself, skipped through: for each date of Temporal's own calendar the clocks of the worker and of the
 * database server are set, and the schedule starts its run. Dumps, restores and the drill are real. Incidents and reviews wait for
 * people by the clock of the Temporal server, which can't be set: test/time has them.
 */
import { appendFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deletedSuffix } from '../../src/catalog/layout.ts';
import { loadPlan } from '../../src/plan/load.ts';
import type { Plan } from '../../src/plan/schema.ts';
import { type WantedSchedule, wantedSchedules } from '../../src/schedules/definition.ts';
import { matchingTimes } from '../../src/schedules/matching-times.ts';
import { environmentOf } from '../channels/providers/provider.ts';
import { SmtpProvider } from '../channels/providers/smtp.ts';
import { kintsugiWith } from '../integration/harness/kintsugi.ts';
import { TestStack } from '../integration/harness/stack.ts';
import { StackClock } from '../integration/harness/stack-clock.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';

const hour = 3_600_000;
const day = 24 * hour;
const tokyo = 9 * hour;

let temporal: TestWorkflowEnvironment;
let mail: SmtpProvider;
let stack: TestStack;
let worker: WorkerProcess;
let clock: StackClock;
let plan: Plan;
let folder: string;

const run = async (...args: string[]) => {
  const { status, stdout, stderr } = await kintsugiWith(clock.environment, stack.plan, ...args);
  expect(status, stdout + stderr).toBe(0);
  return stdout;
};

beforeAll(async () => {
  [temporal, mail] = await Promise.all([startTemporal(), SmtpProvider.start()]);
  stack = new TestStack({ name: 'month', rows: 300, temporalAddress: temporal.address });
  clock = await StackClock.for(stack);
  await stack.start({ beforeBuild: () => clock.install() });
  appendFileSync(path.join(stack.folder, '.env'), `\n${environmentOf(mail)}`);
  stack.changePlan((changed) => {
    changed.channels = { ...mail.plan };
    const roles = ['primary-dba', 'secondary-dba', 'devops-lead', 'system-admin', 'support-team'];
    changed.people = { sato: { name: 'Sato', roles, reach: [{ email: mail.address }] } };
    changed.backups = { ...changed.backups, floor: '1kB' };
    changed.schedules = { annualTest: 'off', reviews: { monthly: 'off', quarterly: 'off', annually: 'off' } };
  });
  ({ plan, backupsFolder: folder } = await loadPlan(stack.plan));
  worker = new WorkerProcess(stack.plan);
  worker.start(clock.environment);
  await worker.listening(temporal, `kintsugi-${stack.project}`);
});

afterAll(async () => {
  await worker.stop();
  await mail.stop();
  await stack.remove();
  await temporal.teardown();
});

/** Something that is due. */
interface Due {
  readonly at: number;
  readonly schedule: WantedSchedule;
}

/** What runs every few minutes is run so often only. */
const seldom: Partial<Record<string, number>> = { audit: 6 * hour, watch: day };

/** @returns all dates of a month by the server's own calendar, in order. */
async function datesOf(month: { from: number; to: number }): Promise<Due[]> {
  const dates = wantedSchedules(plan).map(async (schedule) => {
    const named = { namespace: 'default', scheduleId: schedule.id };
    const all = await matchingTimes(temporal.connection, named, month, schedule.definition.jitterMs);
    const period = (at = 0) => Math.floor(at / (seldom[schedule.kind] ?? 1));
    return all.filter((at, index) => period(at) !== period(all[index - 1])).map((at) => ({ at, schedule }));
  });
  return (await Promise.all(dates)).flat().toSorted((a, b) => a.at - b.at);
}

/** Runs that schedules started, by run id. */
const known = new Set<string>();

/** Lets the server's schedule start the run of one of its dates. @returns its result. */
async function start({ at, schedule }: Due): Promise<unknown> {
  const handle = temporal.client.schedule.getHandle(schedule.id);
  await handle.backfill({ start: new Date(at - 1_000), end: new Date(at), overlap: 'ALLOW_ALL' });
  let started: { workflowId: string; firstExecutionRunId: string } | undefined;
  await until(`${schedule.kind} of ${new Date(at).toISOString()} is started`, async () => {
    const { recentActions } = (await handle.describe()).info;
    const runs = recentActions.flatMap(({ action }) => (action.type === 'startWorkflow' ? [action.workflow] : []));
    started = runs.find(({ firstExecutionRunId }) => !known.has(firstExecutionRunId));
    return started !== undefined;
  });
  const { workflowId = '', firstExecutionRunId = '' } = started ?? {};
  known.add(firstExecutionRunId);
  return temporal.client.workflow.getHandle(workflowId).result();
}

/** @returns the days of a month of 30 or so as the document would keep their backups at its last midnight; retention ran at 05:00. */
function keptAtTheEnd(from: number, days: number): number[] {
  const at = (dayOfMonth: number, hourOfDay: number) => from + (dayOfMonth - 1) * day + hourOfDay * hour;
  const weekday = (dayOfMonth: number) => new Date(at(dayOfMonth, 0) + tokyo).getUTCDay();
  const all = Array.from({ length: days }, (_, index) => index + 1);
  const hourly = Array.from({ length: 43 }, (_, index) => at(days, 23) - index * hour);
  const daily = all.filter((each) => days - each < 7).map((each) => at(each, 2));
  const weekly = all.filter((each) => weekday(each) === 0 && days - each < 28).map((each) => at(each, 2));
  // The first backup of all serves every tier.
  const monthly = [at(1, 0), at(1, 2)];
  return [...new Set([...hourly, ...daily, ...weekly, ...monthly])].toSorted((a, b) => a - b);
}

interface Listed {
  readonly state: string;
  readonly takenAt: string;
  readonly proven: boolean;
}

test('everything of a month runs at its date, what the plan says is kept and proven, and nothing is found amiss', {
  timeout: 3 * hour,
}, async () => {
  await run('schedules', 'apply', '--yes');
  // Only the dates of this test are to start anything.
  for (const { kind } of wantedSchedules(plan)) await run('schedules', 'pause', kind, '--reason', 'a month is skipped through');
  // The next month, from midnight to midnight in Tokyo.
  const today = new Date(Date.now() + tokyo);
  const midnight = (months: number) => Date.UTC(today.getUTCFullYear(), today.getUTCMonth() + months, 1) - tokyo;
  const [from, to] = [midnight(1), midnight(2)];
  const days = (to - from) / day;
  const ran: Record<string, number> = {};
  const amiss: string[] = [];
  for (const due of await datesOf({ from: from - 1, to: to - 1 })) {
    clock.set(due.at);
    const result = await start(due);
    const { kind } = due.schedule;
    ran[kind] = (ran[kind] ?? 0) + 1;
    if (kind === 'audit')
      amiss.push(...(result as { problems: string[] }).problems.map((problem) => `${new Date(due.at).toISOString()} ${problem}`));
  }
  const sundays = Array.from({ length: days }, (_, index) => new Date(from + index * day + tokyo)).filter(
    (each) => each.getUTCDay() === 0,
  );
  const daily = Object.fromEntries(['verification', 'retention', 'lookAhead', 'channels', 'watch'].map((kind) => [kind, days]));
  expect(ran).toEqual({ ...daily, backups: 24 * days, audit: 4 * days, integrity: sundays.length, drill: 1 });
  expect(amiss).toEqual([]);
  const incidents: string[] = [];
  for await (const { workflowId } of temporal.client.workflow.list({ query: "WorkflowType = 'incident'" }))
    incidents.push(workflowId);
  expect(incidents).toEqual([]);

  const listed = JSON.parse(await run('--json', 'backup', 'list')) as Listed[];
  expect(listed.map(({ state }) => state)).not.toContain('broken');
  const taken = listed.map(({ takenAt }) => Math.floor(Date.parse(takenAt) / hour) * hour).toSorted((a, b) => a - b);
  expect(taken).toEqual(keptAtTheEnd(from, days));
  // The last verification was 20 hours ago, and no backup waits longer than a day for its first.
  const old = listed.filter(({ takenAt }) => to - Date.parse(takenAt) > 2 * day);
  expect(old.length).toBeGreaterThan(8);
  expect(old.filter(({ proven }) => !proven)).toEqual([]);
  // What was deleted a day before is gone for good: the last retention deleted a day of hourly ones and one that was daily.
  expect(readdirSync(folder).filter((name) => name.endsWith(deletedSuffix)).length).toBe(24);

  for (const { kind } of wantedSchedules(plan)) await run('schedules', 'resume', kind);
  expect(await run('ready')).toMatch(/green/i);
  expect(await run('drill', 'list')).toMatch(/passed/);
});
