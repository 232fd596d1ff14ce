import { DateTime } from 'luxon';
import type { Rotation } from '../plan/escalation.ts';
import { everybody } from '../plan/everybody.ts';
import type { Plan } from '../plan/schema.ts';
import { instantOf, weekdayNumber } from './calendar.ts';

export type OnCallPlan = Pick<Plan, 'people' | 'onCall' | 'zone'>;

/**
 * @returns keys under people of who is called for a role at an instant: who is on call where the role has a rotation, else all
 *   who have it; nobody where a week is empty. @param at milliseconds since 1970.
 */
export function peopleOf(plan: OnCallPlan, role: string, at: number): string[] {
  const rotation = plan.onCall[role];
  if (rotation !== undefined) {
    const person = onDuty(rotation, plan.zone, at);
    return person === null ? [] : [person];
  }
  return Object.keys(plan.people).filter((person) => role === everybody || plan.people[person]?.roles.includes(role) === true);
}

/**
 * @returns who has the week, or an override of it; null for nobody. Weeks begin at the same time on the wall the year round:
 *   counted in calendar days of the rotation's zone, never in multiples of 604,800 seconds.
 */
function onDuty(rotation: Rotation, planZone: string, at: number): string | null {
  const zone = rotation.zone ?? planZone;
  const override = rotation.overrides.findLast(({ from, to }) => instantOf(from, zone) <= at && at < instantOf(to, zone));
  if (override !== undefined) return override.person;
  const weeks = Math.round(weekOf(rotation, zone, at).diff(firstWeek(rotation), 'weeks').weeks);
  const { length } = rotation.weeks;
  return rotation.weeks[((weeks % length) + length) % length] ?? null;
}

/** @returns the day (in UTC, as a mere calendar day) on which the running week began. */
function weekOf(rotation: Rotation, zone: string, at: number): DateTime {
  const local = DateTime.fromMillis(at, { zone });
  const back = (local.weekday - weekdayNumber(rotation.handover.day) + 7) % 7;
  const day = DateTime.utc(local.year, local.month, local.day).minus({ days: back });
  return handover(rotation, day, zone) <= at ? day : day.minus({ weeks: 1 });
}

function handover({ handover: { at } }: Rotation, day: DateTime, zone: string): number {
  return instantOf(`${day.toISODate()}T${at}`, zone);
}

function firstWeek({ since, handover: { day } }: Rotation): DateTime {
  const first = DateTime.fromISO(since, { zone: 'utc' });
  return first.minus({ days: (first.weekday - weekdayNumber(day) + 7) % 7 });
}
