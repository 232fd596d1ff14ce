/** Which tiers of backups are due, and which are late. Pure. Instants are milliseconds since 1970. */
import { weekdayNumber } from '../incident/calendar.ts';
import type { Plan } from '../plan/schema.ts';
import { type Tier, tierNames } from '../plan/tier-names.ts';
import { milliseconds } from '../plan/units.ts';
import { clockRule, lastOccurrence, type Rule } from './calendar.ts';

/** What of a plan tells when backups are due. */
export type TierPlan = { readonly zone: string; readonly schedules: Pick<Plan['schedules'], 'backups'> };

/** A backup, as far as its tiers are concerned. */
export interface TieredBackup {
  readonly takenAt: number;
  readonly tiers: readonly Tier[];
}

/** @returns when the backups of each tier of a plan are taken; a tier that is off is not among them. */
export function tierRules({ schedules: { backups } }: TierPlan): Partial<Record<Tier, Rule>> {
  const { hourly, daily, weekly, monthly } = backups;
  return {
    ...(hourly === 'off' ? {} : { hourly: { minute: hourly.minute } }),
    ...(daily === 'off' ? {} : { daily: clockRule(daily.at) }),
    ...(weekly === 'off' ? {} : { weekly: { ...clockRule(weekly.at), weekday: weekdayNumber(weekly.on) } }),
    ...(monthly === 'off' ? {} : { monthly: { ...clockRule(monthly.at), days: { from: monthly.day, to: monthly.day } } }),
  };
}

/**
 * A tier is due when its last time has passed and no backup that serves it was taken since. So one backup serves all that are
 * due, and one that was missed in the night is made up for by the next, whatever tier that one is for.
 *
 * @param at the instant that the backup is for. @returns finest first; of none that is due the finest, since the schedule asked for one.
 */
export function dueTiers(plan: TierPlan, at: number, backups: readonly TieredBackup[]): Tier[] {
  const rules = tierRules(plan);
  const on = tierNames.filter((tier) => rules[tier] !== undefined);
  const due = on.filter((tier) => {
    const last = lastOccurrence([rules[tier] as Rule], plan.zone, at);
    return last !== null && newestOf(tier, backups) < last;
  });
  return due.length > 0 ? due : on.slice(0, 1);
}

export interface LateTier {
  readonly tier: Tier;
  /** When the missing backup was due. */
  readonly dueAt: number;
  /** The newest one that serves the tier; null if there is none. */
  readonly newest: number | null;
}

/**
 * @returns the tiers whose backup is not there although its time, and the patience of the plan, are over.
 * @param since when the schedule began: what was due before that is nobody's fault.
 */
export function lateTiers(plan: TierPlan, now: number, since: number, backups: readonly TieredBackup[]): LateTier[] {
  const patience = milliseconds(plan.schedules.backups.lateAfter);
  return Object.entries(tierRules(plan)).flatMap(([name, rule]) => {
    const tier = name as Tier;
    const dueAt = lastOccurrence([rule], plan.zone, now - patience);
    if (dueAt === null || dueAt < since) return [];
    const newest = newestOf(tier, backups);
    return newest >= dueAt ? [] : [{ tier, dueAt, newest: newest === Number.NEGATIVE_INFINITY ? null : newest }];
  });
}

function newestOf(tier: Tier, backups: readonly TieredBackup[]): number {
  return Math.max(Number.NEGATIVE_INFINITY, ...backups.filter(({ tiers }) => tiers.includes(tier)).map(({ takenAt }) => takenAt));
}
