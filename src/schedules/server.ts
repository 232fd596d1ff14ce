/** Between Temporal's schedules and ours. */
import type { Client, ScheduleDescription, ScheduleOptions, ScheduleSpec } from '@temporalio/client';
import { ScheduleNotFoundError } from '@temporalio/client';
import { summaryLine } from '../text/summary.ts';
import type { Rule } from './calendar.ts';
import { type Definition, type WantedSchedule, wordsOf } from './definition.ts';
import type { FoundSchedule } from './differences.ts';

/** The mark of whose a schedule is, in its memo: set once, when it is made. */
interface Mark {
  readonly project: string;
  readonly kind: string;
}

const dayNames = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const;
const monthNames = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;

/** @returns rules as Temporal understands them. */
function specOf(rules: readonly Rule[], { zone, jitterMs }: Definition): ScheduleSpec {
  return {
    calendars: rules.flatMap((rule) => ('every' in rule ? [] : [calendarOf(rule)])),
    intervals: rules.flatMap((rule) => ('every' in rule ? [{ every: rule.every }] : [])),
    timezone: zone,
    jitter: jitterMs,
  };
}

type Calendar = Exclude<Rule, { readonly every: number }>;

function calendarOf({ minute, hour, weekday, days, months }: Calendar): NonNullable<ScheduleSpec['calendars']>[number] {
  return {
    second: 0,
    minute,
    hour: hour ?? '*',
    dayOfMonth: days === undefined ? '*' : { start: days.from, end: days.to },
    month: months === undefined ? '*' : months.flatMap((month) => monthNames[month - 1] ?? []),
    dayOfWeek: weekday === undefined ? '*' : (dayNames[weekday % 7] ?? '*'),
  };
}

/** @returns all that it takes to make, or remake, a schedule. What was made stands in its action's memo: a schedule's own can't be changed. */
export function optionsOf(project: string, wanted: WantedSchedule): ScheduleOptions {
  const { kind, id, rules, run, definition } = wanted;
  return {
    scheduleId: id,
    spec: specOf(rules, definition),
    action: {
      type: 'startWorkflow',
      workflowType: run.workflowType,
      workflowId: `${kind}-${project}`,
      taskQueue: definition.taskQueue,
      args: [run.input],
      memo: { kintsugi: { applied: definition } },
      staticSummary: summaryLine(`Scheduled: ${definition.times.join('; ')} (${definition.zone})`),
    },
    policies: { overlap: run.overlap, catchupWindow: definition.catchUpMs, pauseOnFailure: definition.pauseOnFailure },
    memo: { kintsugi: { project, kind } satisfies Mark },
  };
}

/** @returns every schedule of ours, as the server has it. Ours: by its id and by the mark in its memo. */
export async function ownSchedules(
  client: Client,
  project: string,
): Promise<(FoundSchedule & { description: ScheduleDescription })[]> {
  const own = [];
  for await (const summary of client.schedule.list()) {
    if (!summary.scheduleId.startsWith(`kintsugi-${project}-`)) continue;
    const found = await describe(client, summary.scheduleId);
    const mark = markOf(found?.memo);
    if (found === null || mark?.project !== project) continue;
    own.push({ ...foundOf(found, mark.kind), description: found });
  }
  return own;
}

/** @returns a schedule, or null: the list is behind what was made or removed a moment ago. */
export async function describe(client: Client, id: string): Promise<ScheduleDescription | null> {
  try {
    return await client.schedule.getHandle(id).describe();
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return null;
    throw error;
  }
}

function markOf(memo: Record<string, unknown> | undefined): Mark | null {
  const mark = memo?.kintsugi as Partial<Mark> | undefined;
  return typeof mark?.project === 'string' && typeof mark.kind === 'string' ? { project: mark.project, kind: mark.kind } : null;
}

/** @returns a described schedule in the form in which it can be compared. */
function foundOf(description: ScheduleDescription, kind: string): FoundSchedule {
  const { scheduleId: id, spec, action, policies, state } = description;
  const applied = (action.memo?.kintsugi as { applied?: Definition } | undefined)?.applied ?? null;
  return {
    id,
    kind,
    applied,
    paused: state.paused,
    definition: {
      times: timesOf(spec),
      zone: spec.timezone ?? 'UTC',
      jitterMs: spec.jitter ?? 0,
      catchUpMs: policies.catchupWindow,
      overlap: String(policies.overlap),
      pauseOnFailure: policies.pauseOnFailure,
      workflowType: action.workflowType,
      taskQueue: action.taskQueue ?? '',
      input: JSON.stringify(action.args?.[0] ?? {}),
    },
  };
}

function timesOf(spec: ScheduleDescription['spec']): string[] {
  const calendars = (spec.calendars ?? []).map((calendar) => ruleOf(calendar) ?? calendar);
  const known = calendars.filter((each): each is Rule => !('second' in each));
  const others = calendars.filter((each) => 'second' in each).map((each) => `calendar ${JSON.stringify(each)}`);
  const intervals = (spec.intervals ?? []).map(({ every, offset }) =>
    offset ? `every ${every} ms, ${offset} ms later` : { every: Number(every) },
  );
  const rest = {
    ...(spec.skip?.length ? { skip: spec.skip } : {}),
    ...(spec.startAt === undefined ? {} : { startAt: spec.startAt }),
    ...(spec.endAt === undefined ? {} : { endAt: spec.endAt }),
  };
  return [
    ...wordsOf([...known, ...intervals.filter((each) => typeof each === 'object')]),
    ...intervals.filter((each) => typeof each === 'string'),
    ...others,
    ...(Object.keys(rest).length > 0 ? [JSON.stringify(rest)] : []),
  ];
}

type FoundCalendar = NonNullable<ScheduleDescription['spec']['calendars']>[number];

/** @returns the rule that a calendar of the server says, or null if none of ours could say it. */
function ruleOf(calendar: FoundCalendar): Rule | null {
  const { second, minute, hour, dayOfMonth, month, year, dayOfWeek } = calendar;
  const minutes = values(minute);
  const hours = values(hour);
  const weekdays = values(dayOfWeek).map((day) => (typeof day === 'string' ? dayNames.indexOf(day as never) : day));
  const [days] = dayOfMonth;
  const fits =
    values(second).join() === '0' &&
    minutes.length === 1 &&
    (hours.length === 1 || hours.length === 24) &&
    (year ?? []).length === 0 &&
    (weekdays.length === 1 || weekdays.length === 7) &&
    dayOfMonth.length === 1 &&
    days !== undefined &&
    (days.step ?? 1) === 1;
  if (!fits) return null;
  const months = values(month).map((each) => monthNames.indexOf(each as never) + 1);
  const [weekday = 0] = weekdays;
  return {
    minute: Number(minutes[0]),
    ...(hours.length === 1 ? { hour: Number(hours[0]) } : {}),
    ...(weekdays.length === 1 ? { weekday: weekday === 0 ? 7 : Number(weekday) } : {}),
    ...(days.start === 1 && days.end === 31 ? {} : { days: { from: days.start, to: days.end } }),
    ...(months.length === 12 ? {} : { months }),
  };
}

/** @returns every value of a list of ranges; names of days and months stay names. */
function values<T extends number | string>(ranges: readonly { start: T; end?: T; step?: number }[] | undefined): T[] {
  const names = (value: T): readonly string[] | null =>
    typeof value !== 'string' ? null : dayNames.includes(value as never) ? dayNames : monthNames;
  return (ranges ?? []).flatMap(({ start, end = start, step = 1 }) => {
    const list = names(start);
    const [from, to] = list === null ? [Number(start), Number(end)] : [list.indexOf(String(start)), list.indexOf(String(end))];
    const all: T[] = [];
    for (let at = from; at <= to; at += step) all.push((list === null ? at : list[at]) as T);
    return all;
  });
}
