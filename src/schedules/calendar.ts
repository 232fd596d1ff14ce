/**
 * Times as the table says them, and the instants that follow. Clock times are literal, as they are for Temporal's calendars: one
 * that the clocks skip does not come that day, one that comes twice comes twice. Instants are milliseconds since 1970.
 */
import { IANAZone } from 'luxon';

export type Rule =
  /** Multiples of a length of time, counted from 1970. */
  | { readonly every: number }
  /** All that is given must fit: `firstDays` with a weekday is the first such day of a month. */
  | {
      readonly minute: number;
      /** Every hour if missing. */
      readonly hour?: number;
      /** 1 for Monday to 7 for Sunday. */
      readonly weekday?: number;
      readonly days?: { readonly from: number; readonly to: number };
      readonly months?: readonly number[];
    };

/** @returns the rule of a time of day. @param at `02:00` */
export function clockRule(at: string): { readonly hour: number; readonly minute: number } {
  const [hour = 0, minute = 0] = at.split(':').map(Number);
  return { hour, minute };
}

/** @returns every instant of the rules with `from` < instant <= `to`, in order, each once. */
export function occurrences(rules: readonly Rule[], zone: string, from: number, to: number): number[] {
  const all = rules.flatMap((rule) => ('every' in rule ? multiples(rule.every, from, to) : ofCalendar(rule, zone, from, to)));
  return [...new Set(all)].sort((a, b) => a - b);
}

/** Longer than the time between two occurrences of any rule. */
const longestMs = 2 * 366 * 86_400_000;

/** @returns the last instant of the rules that is not after `at`; null if there is none in two years. */
export function lastOccurrence(rules: readonly Rule[], zone: string, at: number): number | null {
  for (const back of reaches) {
    const last = occurrences(rules, zone, at - back, at).at(-1);
    if (last !== undefined) return last;
  }
  return null;
}

/** @returns the next so many instants of the rules after `at`. */
export function nextOccurrences(rules: readonly Rule[], zone: string, at: number, count: number): number[] {
  let found: number[] = [];
  for (const ahead of [...reaches, longestMs]) {
    found = occurrences(rules, zone, at, at + ahead).slice(0, count);
    if (found.length === count) break;
  }
  return found;
}

// Hours first: most rules have their answer near by.
const reaches = [2 * 3_600_000, 3 * 86_400_000, 40 * 86_400_000, longestMs];

function multiples(every: number, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = (Math.floor(from / every) + 1) * every; at <= to; at += every) found.push(at);
  return found;
}

type Calendar = Exclude<Rule, { readonly every: number }>;

const dayMs = 86_400_000;

function ofCalendar(rule: Calendar, zoneName: string, from: number, to: number): number[] {
  const zone = IANAZone.create(zoneName);
  const found: number[] = [];
  const hours = rule.hour === undefined ? everyHour : [rule.hour];
  const last = dayOf(to) + dayMs;
  // Mere calendar days, counted in UTC: only those that fit are worked out in the zone.
  for (let at = dayOf(from) - dayMs; at <= last; at += dayMs) {
    if (!fits(rule, new Date(at))) continue;
    for (const hour of hours)
      for (const instant of instants(at + (hour * 60 + rule.minute) * 60_000, zone))
        if (from < instant && instant <= to) found.push(instant);
  }
  return found;
}

const everyHour = Array.from({ length: 24 }, (_none, hour) => hour);

/** @returns the midnight before an instant in UTC: in no zone is it another day than that one, the one before or the one after. */
function dayOf(at: number): number {
  return Math.floor(at / dayMs) * dayMs;
}

function fits({ weekday, days, months }: Calendar, day: Date): boolean {
  return (
    (weekday === undefined || weekday % 7 === day.getUTCDay()) &&
    (days === undefined || (days.from <= day.getUTCDate() && day.getUTCDate() <= days.to)) &&
    (months === undefined || months.includes(day.getUTCMonth() + 1))
  );
}

/** @returns none for a time that the clocks skip, two for one that comes twice. @param wall the time as if it were one in UTC. */
function instants(wall: number, zone: IANAZone): number[] {
  const midnight = Math.floor(wall / dayMs) * dayMs;
  const offsets = new Set([offsetAt(midnight - dayMs, zone), offsetAt(midnight + 2 * dayMs, zone)]);
  const found = [...offsets].map((offset) => ({ offset, at: wall - offset }));
  // Only around a change of the clocks does it matter which of two offsets holds at that very instant.
  return found.filter(({ offset, at }) => offsets.size === 1 || zone.offset(at) * 60_000 === offset).map(({ at }) => at);
}

const known = new Map<string, number>();

/** Asking a zone costs a tenth of a millisecond; the midnights around a day are asked for again and again. */
function offsetAt(midnight: number, zone: IANAZone): number {
  const key = `${zone.name} ${midnight}`;
  const offset = known.get(key) ?? zone.offset(midnight) * 60_000;
  if (known.size > 10_000) known.clear();
  known.set(key, offset);
  return offset;
}

const dayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** @returns a rule in words: `02:00 on the first Friday of each month`. Two rules are the same exactly when their words are. */
export function ruleWords(rule: Rule): string {
  if ('every' in rule) return `every ${rule.every % 60_000 === 0 ? `${rule.every / 60_000} min` : `${rule.every / 1000} s`}`;
  const { minute, hour, weekday, days, months } = rule;
  const time = hour === undefined ? `every hour at :${two(minute)}` : `${two(hour)}:${two(minute)}`;
  const name = weekday === undefined ? undefined : dayNames[weekday - 1];
  const of = months === undefined ? 'each month' : months.map((month) => monthNames[month - 1]).join(', ');
  if (days === undefined) {
    const day = name === undefined ? 'every day' : `every ${name}`;
    if (hour === undefined && name === undefined && months === undefined) return time;
    return `${time} ${day}${months === undefined ? '' : ` of ${of}`}`;
  }
  if (name !== undefined && days.from === 1 && days.to === 7) return `${time} on the first ${name} of ${of}`;
  const range = days.from === days.to ? `day ${days.from}` : `days ${days.from} to ${days.to}`;
  return `${time} on ${name === undefined ? '' : `each ${name} of `}${range} of ${of}`;
}

function two(number: number): string {
  return String(number).padStart(2, '0');
}
