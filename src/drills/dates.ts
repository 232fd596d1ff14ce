/**
 * At which dates drills had to be held, and at which none was. Pure. Instants are milliseconds since 1970.
 *
 * Which rules held when is on record, since a plan that is changed must not make dates appear or disappear in the past.
 */
import { z } from 'zod';
import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { nextOccurrences, occurrences, type Rule } from '../schedules/calendar.ts';
import { kinds } from '../schedules/kinds.ts';
import type { Drill, DrillKind } from './record.ts';

const scheduleOf = { monthlyDrill: 'drill', annualTest: 'annualTest' } as const satisfies Record<DrillKind, keyof typeof kinds>;
const drillKindNames = Object.keys(scheduleOf) as DrillKind[];

const rule = z.custom<Rule>((value) => typeof value === 'object' && value !== null);

export const datedRules = z.object({
  /** Since when they hold, ISO 8601 in UTC. */
  from: z.iso.datetime(),
  zone: z.string(),
  rules: z.object({ monthlyDrill: z.array(rule), annualTest: z.array(rule) }),
});
export type DatedRules = z.infer<typeof datedRules>;

/** @returns the rules of a plan, as they hold from an instant on. */
export function rulesOf(plan: Plan, from: number): DatedRules {
  const of = (kind: DrillKind) => [...kinds[scheduleOf[kind]].when(plan)];
  const rules = { monthlyDrill: of('monthlyDrill'), annualTest: of('annualTest') };
  return { from: new Date(from).toISOString(), zone: plan.zone, rules };
}

/** @returns how long after its date a drill is started at the latest, after an outage. */
function patienceOf(kind: DrillKind): number {
  return milliseconds(kinds[scheduleOf[kind]].run.catchUp);
}

/** A date at which a drill had to be held. */
export interface DrillDate {
  readonly at: number;
  readonly kind: DrillKind;
  /** `due`: it may still be held; `missed`: it can't be any more. */
  readonly state: 'held' | 'due' | 'missed';
  /** The drill that was held for it, or that made up for it later; null if none was. */
  readonly drill: Drill | null;
}

/**
 * A date is held by a drill that came to a result and was started for it, or soon after it: as late as the schedule would still start it.
 * One that was started later makes up for it, which does not unmake that it was missed.
 *
 * @param history which rules held since when, oldest first. @returns every date up to `now`, newest first.
 */
export function drillDates(history: readonly DatedRules[], drills: readonly Drill[], now: number): DrillDate[] {
  const dates = history.flatMap(({ from, zone, rules }, index) => {
    const next = history[index + 1];
    const until = next === undefined ? now : Math.min(now, Date.parse(next.from));
    return drillKindNames.flatMap((kind) => occurrences(rules[kind], zone, Date.parse(from), until).map((at) => ({ at, kind })));
  });
  return dates.map((date, index) => dateOf(date, dates.slice(index + 1), drills, now)).toSorted((a, b) => b.at - a.at);
}

function dateOf(
  { at, kind }: { at: number; kind: DrillKind },
  later: readonly { at: number; kind: DrillKind }[],
  drills: readonly Drill[],
  now: number,
): DrillDate {
  const lastStart = at + patienceOf(kind);
  const next = later.find((other) => other.kind === kind)?.at ?? Number.POSITIVE_INFINITY;
  const held = drills
    .filter(({ begun, ended }) => serves(begun.kind, kind) && ended !== null && ended.outcome !== 'cancelled')
    .toSorted((a, b) => Date.parse(a.begun.at) - Date.parse(b.begun.at));
  const inTime = held.find(({ begun }) => {
    const start = Date.parse(begun.at);
    return (begun.dueAt !== null && Date.parse(begun.dueAt) === at) || (start >= at && start <= lastStart);
  });
  if (inTime !== undefined) return { at, kind, state: 'held', drill: inTime };
  if (now <= lastStart) return { at, kind, state: 'due', drill: null };
  const makesUp = held.find(({ begun }) => Date.parse(begun.at) > lastStart && Date.parse(begun.at) < next);
  return { at, kind, state: 'missed', drill: makesUp ?? null };
}

/** An annual test is a drill and more. */
function serves(held: DrillKind, wanted: DrillKind): boolean {
  return held === wanted || held === 'annualTest';
}

/**
 * @returns the last date of a monthly drill that can't be held any more, and when a drill passed last; null where there is no such date, or
 *   the plan has drills switched off by now.
 */
export function lastDrillDue(
  history: readonly DatedRules[],
  drills: readonly Drill[],
  now: number,
): { dueAt: number; passedAt: number | null } | null {
  if ((history.at(-1)?.rules.monthlyDrill ?? []).length === 0) return null;
  const dates = drillDates(history, drills, now - patienceOf('monthlyDrill'));
  const last = dates.find(({ kind }) => kind === 'monthlyDrill');
  if (last === undefined) return null;
  const passed = drills.filter(({ ended }) => ended?.outcome === 'passed' || ended?.outcome === 'slow');
  return { dueAt: last.at, passedAt: passed.length === 0 ? null : Math.max(...passed.map(({ begun }) => Date.parse(begun.at))) };
}

/** @returns the next date of each kind that the plan has, soonest first. */
export function comingDates(plan: Plan, now: number): { at: number; kind: DrillKind }[] {
  const { rules, zone } = rulesOf(plan, now);
  return drillKindNames
    .flatMap((kind) => nextOccurrences(rules[kind], zone, now, 1).map((at) => ({ at, kind })))
    .toSorted((a, b) => a.at - b.at);
}
