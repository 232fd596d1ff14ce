import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import { nextOccurrences } from '../../schedules/calendar.ts';
import { scheduleId } from '../../schedules/definition.ts';
import type { Change } from '../../schedules/differences.ts';
import { type KindName, kindNames, kinds } from '../../schedules/kinds.ts';
import { ownSchedules } from '../../schedules/server.ts';
import { tierRules } from '../../schedules/tiers.ts';
import { confirmYes } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { type Coming, type ListedSchedule, renderChanges, renderNext, renderSchedules } from '../render/schedules.ts';
import { applyChanges, scheduleChanges } from '../schedules/apply.ts';
import { connect, type Temporal, withTemporal } from '../temporal.ts';
import { workflowLink } from '../ui.ts';
import { whoAsks } from '../who.ts';

export interface SchedulesApplyOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `kintsugi schedules apply`: shows what differs from the plan, then changes it. */
export async function schedulesApply(context: CliContext, options: SchedulesApplyOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    const changes = await scheduleChanges(temporal, plan);
    const count = changes.filter(({ act }) => act !== 'keep').length;
    for (const line of renderChanges(changes, context.screen.colors)) context.say(line);
    const isAllowed = count > 0 && options.dryRun !== true && (await mayOverwrite(context, changes, options));
    if (isAllowed) await applyChanges(temporal, plan, changes);
    context.answer({ type: 'schedules', applied: isAllowed, changes });
    if (count === 0) context.say('All schedules are as the plan says.');
    else if (isAllowed)
      context.say(`${count} ${count === 1 ? 'schedule was' : 'schedules were'} changed. Their dates: kintsugi schedules next`);
    else context.say('Nothing was changed.');
  });
}

/** What a person changed by hand is a person's to give up: on a terminal it is asked for. */
async function mayOverwrite(context: CliContext, changes: readonly Change[], { yes }: SchedulesApplyOptions): Promise<boolean> {
  const byHand = changes.filter((change) => 'byHand' in change && change.byHand.length > 0);
  if (byHand.length === 0 || yes === true || !context.screen.canAsk) return true;
  return confirmYes(context, `Overwrite what was changed by hand (${byHand.map(({ kind }) => kind).join(', ')})?`);
}

/** `kintsugi schedules list` */
export async function schedulesList(context: CliContext): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async ({ client }) => {
    const own = await ownSchedules(client, plan.stack.project);
    const schedules = own.map(({ kind, id, paused, definition, description }): ListedSchedule => {
      const { recentActions, nextActionTimes, numActionsMissedCatchupWindow, numActionsSkippedOverlap } = description.info;
      const last = recentActions.toSorted((a, b) => a.takenAt.getTime() - b.takenAt.getTime()).at(-1);
      return {
        kind,
        id,
        times: definition.times,
        paused,
        note: description.state.note ?? '',
        next: nextActionTimes[0]?.toISOString() ?? null,
        last: last === undefined ? null : { at: last.takenAt.toISOString(), workflowId: last.action.workflow.workflowId },
        missed: numActionsMissedCatchupWindow,
        skipped: numActionsSkippedOverlap,
      };
    });
    schedules.sort((a, b) => kindNames.indexOf(a.kind as KindName) - kindNames.indexOf(b.kind as KindName));
    context.answer({ type: 'schedules', schedules });
    const look = { now: Date.now(), zone: plan.zone, colors: context.screen.colors };
    for (const line of renderSchedules(schedules, look)) context.say(line);
  });
}

export interface SchedulesNextOptions {
  readonly count?: string;
}

/** `kintsugi schedules next`: the dates that the plan says, and which of them the server would not keep. Works without a server, too. */
export async function schedulesNext(context: CliContext, { count = '3' }: SchedulesNextOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  const howMany = Number(count);
  if (!Number.isInteger(howMany) || howMany < 1 || howMany > 100) {
    throw new KintsugiError('INVALID_INPUT', `--count ${count} is no number from 1 to 100.`, { state: 'Nothing was changed.' });
  }
  const temporal = await connect(plan, 1_500).catch(() => null);
  try {
    const there = temporal === null ? null : await stateOf(temporal, plan);
    const coming = rowsOf(plan).map(({ kind, name, rules }): Coming => {
      const dates = nextOccurrences(rules, plan.zone, Date.now(), howMany).map((at) => new Date(at).toISOString());
      return { name, dates, but: there?.(kind) ?? '' };
    });
    coming.sort((a, b) => (a.dates[0] ?? '~').localeCompare(b.dates[0] ?? '~'));
    context.answer({ type: 'next', zone: plan.zone, connected: there !== null, coming });
    for (const line of renderNext(coming, { now: Date.now(), zone: plan.zone, colors: context.screen.colors })) context.say(line);
    if (there === null)
      context.say('Temporal does not answer: these are the plan’s dates; nothing runs until it is back. kintsugi up');
  } finally {
    await temporal?.connection.close().catch(() => undefined);
  }
}

/** Each tier of the backups is a row of its own: the hours between them would hide the rest. */
function rowsOf(plan: Plan) {
  const tiers = Object.entries(tierRules(plan)).map(([tier, rule]) => ({
    kind: 'backups' as KindName,
    name: `${tier} backup`,
    rules: [rule],
  }));
  const others = kindNames
    .filter((kind) => kind !== 'backups')
    .map((kind) => ({ kind, name: kind as string, rules: kinds[kind].when(plan) }));
  return [...tiers, ...others].filter(({ rules }) => rules.length > 0);
}

/** @returns what keeps a kind from running at its dates; empty if nothing does. */
async function stateOf(temporal: Temporal, plan: Plan): Promise<(kind: KindName) => string> {
  const changes = await scheduleChanges(temporal, plan);
  const paused = new Set(
    (await ownSchedules(temporal.client, plan.stack.project)).filter((each) => each.paused).map(({ kind }) => kind),
  );
  return (kind) => {
    if (paused.has(kind)) return 'paused';
    const act = changes.find((change) => change.kind === kind)?.act;
    if (act === 'create') return 'no such schedule: kintsugi schedules apply';
    return act === 'update' ? 'the schedule differs: kintsugi schedules apply' : '';
  };
}

export interface SchedulesPauseOptions {
  readonly reason: string;
}

/** `kintsugi schedules pause` */
export async function schedulesPause(context: CliContext, name: string, { reason }: SchedulesPauseOptions): Promise<void> {
  await withSchedule(context, name, async (handle, plan) => {
    await handle.pause(`${reason} (${whoAsks()}, ${new Date().toISOString().slice(0, 16)}Z)`);
    context.answer({ type: 'paused', kind: name, reason });
    context.say(`${name} of ${plan.stack.project} is paused. Nothing of it runs until: kintsugi schedules resume ${name}`);
  });
}

/** `kintsugi schedules resume` */
export async function schedulesResume(context: CliContext, name: string): Promise<void> {
  await withSchedule(context, name, async (handle, plan) => {
    await handle.unpause('');
    context.answer({ type: 'resumed', kind: name });
    context.say(`${name} of ${plan.stack.project} runs again at its times. The next: kintsugi schedules next`);
  });
}

/** `kintsugi schedules run`: as at one of its times, now. */
export async function schedulesRun(context: CliContext, name: string): Promise<void> {
  await withSchedule(context, name, async (handle, plan, namespace) => {
    const { recentActions } = (await handle.describe()).info;
    await handle.trigger();
    const workflowId = await startedSince(handle, new Set(recentActions.map(({ action }) => action.workflow.workflowId)));
    context.answer({ type: 'started', kind: name, workflowId });
    context.say(
      workflowId === null
        ? `${name} of ${plan.stack.project} was not started: one that runs already goes on. kintsugi schedules list`
        : `${name} of ${plan.stack.project} is started as ${workflowId}.\n  ${workflowLink({ ui: plan.temporal.ui, namespace }, workflowId)}`,
    );
  });
}

type Handle = ReturnType<Temporal['client']['schedule']['getHandle']>;

/** @returns the id of the workflow that a trigger started, or null if none began within five seconds. */
async function startedSince(handle: Handle, before: ReadonlySet<string>): Promise<string | null> {
  for (const until = Date.now() + 5_000; Date.now() < until; await new Promise((resolve) => setTimeout(resolve, 200))) {
    const { recentActions } = (await handle.describe()).info;
    const started = recentActions.map(({ action }) => action.workflow.workflowId).find((id) => !before.has(id));
    if (started !== undefined) return started;
  }
  return null;
}

async function withSchedule(
  context: CliContext,
  name: string,
  use: (handle: Handle, plan: Plan, namespace: string) => Promise<void>,
): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async ({ client, namespace }) => {
    const own = await ownSchedules(client, plan.stack.project);
    const found = own.find(({ kind, id }) => kind === name || id === name);
    if (found === undefined)
      throw noSchedule(
        plan,
        name,
        own.map(({ kind }) => kind),
      );
    await use(client.schedule.getHandle(found.id), plan, namespace);
  });
}

function noSchedule(plan: Plan, name: string, there: readonly string[]): KintsugiError {
  const isKnown = kindNames.includes(name as KindName);
  const id = isKnown ? scheduleId(plan.stack.project, name as KindName) : name;
  return new KintsugiError('NOT_FOUND', `There is no schedule ${id}.`, {
    state: 'Nothing was changed.',
    hints: [
      ...(isKnown ? ['kintsugi schedules apply'] : []),
      there.length === 0 ? 'kintsugi schedules apply   # makes them all' : `those that are there: ${there.join(', ')}`,
    ],
  });
}
