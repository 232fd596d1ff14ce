/** Times on a wall: everything is kept in UTC and computed in the zone that the wall is in. Instants are milliseconds since 1970. */
import { DateTime } from 'luxon';
import type { Weekday } from '../plan/escalation.ts';
import type { Plan } from '../plan/schema.ts';

const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** @returns 1 for Monday to 7 for Sunday. */
export function weekdayNumber(day: Weekday): number {
  return weekdays.indexOf(day) + 1;
}

/**
 * @returns the instant of a day and time in a zone. A time that the clocks skip is as much later as they skip; of one that comes
 *   twice, the first.
 */
export function instantOf(local: string, zone: string): number {
  const found = DateTime.fromISO(local, { zone });
  const offsets = found.getPossibleOffsets();
  return Math.min(...offsets.map((each) => each.toMillis()));
}

type Quiet = Pick<Plan, 'people' | 'zone'> & { readonly escalation: Pick<Plan['escalation'], 'quietHours'> };

/** @returns the instant itself, or the end of the person's quiet hours if it is in them. */
export function afterQuietHours(plan: Quiet, person: string, at: number): number {
  const { from, to } = plan.escalation.quietHours;
  if (from === to) return at;
  const zone = plan.people[person]?.zone ?? plan.zone;
  const local = DateTime.fromMillis(at, { zone });
  const time = local.toFormat('HH:mm');
  const quiet = from < to ? from <= time && time < to : time >= from || time < to;
  if (!quiet) return at;
  const day = from > to && time >= from ? local.plus({ days: 1 }) : local;
  return Math.max(at, instantOf(`${day.toISODate()}T${to}`, zone));
}

type Working = Pick<Plan, 'zone'> & { readonly escalation: Pick<Plan['escalation'], 'workingDays'> };

/** @returns the end of work on the first working day after the day of an instant. */
export function endOfNextWorkingDay(plan: Working, at: number): number {
  const { days, to } = plan.escalation.workingDays;
  const numbers = days.map(weekdayNumber);
  let day = DateTime.fromMillis(at, { zone: plan.zone }).plus({ days: 1 });
  while (!numbers.includes(day.weekday)) day = day.plus({ days: 1 });
  return instantOf(`${day.toISODate()}T${to}`, plan.zone);
}

/** @returns a day and time with the name of its zone: 2026-11-24 03:12 JST. */
export function wallClock(at: number, zone: string, language: 'en' | 'ja' = 'en'): string {
  const local = DateTime.fromMillis(at, { zone, locale: language });
  return `${local.toFormat('yyyy-LL-dd HH:mm')} ${shortZone(local, zone)}`;
}

const known: Readonly<Record<string, string>> = { 'Asia/Tokyo': 'JST' };

function shortZone(local: DateTime, zone: string): string {
  return known[zone] ?? local.setLocale('en').offsetNameShort ?? zone;
}
