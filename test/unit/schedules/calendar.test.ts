import { describe, expect, test } from 'vitest';
import { lastOccurrence, nextOccurrences, occurrences, type Rule, ruleWords } from '../../../src/schedules/calendar.ts';

const tokyo = 'Asia/Tokyo';
const at = (iso: string) => Date.parse(iso);
const list = (rules: readonly Rule[], zone: string, from: string, to: string) =>
  occurrences(rules, zone, at(from), at(to)).map((each) => new Date(each).toISOString());

const firstFriday: Rule = { hour: 10, minute: 0, weekday: 5, days: { from: 1, to: 7 } };
const daily: Rule = { hour: 2, minute: 0 };
const sunday: Rule = { ...daily, weekday: 7 };
const monthly: Rule = { ...daily, days: { from: 1, to: 1 } };

describe('two years in Tokyo', () => {
  const twoYears = ['2027-01-01T00:00+09:00', '2029-01-01T00:00+09:00'] as const;

  test('first Fridays: literal dates', () => {
    const days = list([firstFriday], tokyo, ...twoYears).map((each) => each.slice(0, 10));
    expect(days).toEqual([
      ...['2027-01-01', '2027-02-05', '2027-03-05', '2027-04-02', '2027-05-07', '2027-06-04'],
      ...['2027-07-02', '2027-08-06', '2027-09-03', '2027-10-01', '2027-11-05', '2027-12-03'],
      ...['2028-01-07', '2028-02-04', '2028-03-03', '2028-04-07', '2028-05-05', '2028-06-02'],
      ...['2028-07-07', '2028-08-04', '2028-09-01', '2028-10-06', '2028-11-03', '2028-12-01'],
    ]);
  });

  test('every day once, the leap day too', () => {
    const days = list([daily], tokyo, ...twoYears);
    expect(days).toHaveLength(365 + 366);
    expect(days).toContain('2028-02-28T17:00:00.000Z');
    expect(days.at(-1)).toBe('2028-12-30T17:00:00.000Z');
  });

  test('the first of each month, across the ends of years', () => {
    const days = list([monthly], tokyo, ...twoYears);
    expect(days).toHaveLength(24);
    expect(days[0]).toBe('2026-12-31T17:00:00.000Z');
    expect(days[14]).toBe('2028-02-29T17:00:00.000Z');
  });

  test('every hour, and what falls together comes once', () => {
    const hours = list([{ minute: 0 }, daily, sunday, monthly], tokyo, ...twoYears);
    expect(hours).toHaveLength(731 * 24);
  });

  test('months of a quarter, and one day a year', () => {
    const days = { from: 1, to: 1 };
    const quarters = list([{ ...daily, days, months: [1, 4, 7, 10] }], tokyo, ...twoYears);
    expect(quarters).toHaveLength(8);
    expect(list([{ ...daily, days, months: [9] }], tokyo, ...twoYears)).toEqual([
      '2027-08-31T17:00:00.000Z',
      '2028-08-31T17:00:00.000Z',
    ]);
  });
});

describe('clocks that change', () => {
  const newYork = 'America/New_York';

  test('a time that the clocks skip does not come that day', () => {
    const around = list([{ hour: 2, minute: 30 }], newYork, '2027-03-13T00:00-05:00', '2027-03-16T00:00-04:00');
    expect(around).toEqual(['2027-03-13T07:30:00.000Z', '2027-03-15T06:30:00.000Z']);
  });

  test('every hour goes on through both changes', () => {
    expect(list([{ minute: 0 }], newYork, '2027-03-14T04:30Z', '2027-03-14T09:30Z')).toHaveLength(5);
    expect(list([{ minute: 0 }], newYork, '2027-11-07T03:30Z', '2027-11-07T08:30Z')).toHaveLength(5);
  });

  test('multiples of a length of time know no zone', () => {
    expect(list([{ every: 300_000 }], newYork, '2027-11-07T05:00Z', '2027-11-07T07:00Z')).toHaveLength(24);
  });
});

test('last and next agree with the list', () => {
  expect(lastOccurrence([firstFriday], tokyo, at('2027-03-05T09:59+09:00'))).toBe(at('2027-02-05T10:00+09:00'));
  expect(lastOccurrence([firstFriday], tokyo, at('2027-03-05T10:00+09:00'))).toBe(at('2027-03-05T10:00+09:00'));
  expect(nextOccurrences([firstFriday], tokyo, at('2027-03-05T10:00+09:00'), 2)).toEqual([
    at('2027-04-02T10:00+09:00'),
    at('2027-05-07T10:00+09:00'),
  ]);
});

test('rules in words', () => {
  const said = [{ minute: 0 }, daily, sunday, monthly, firstFriday, { ...monthly, months: [1, 7] }, { every: 300_000 }];
  expect(said.map(ruleWords)).toEqual([
    'every hour at :00',
    '02:00 every day',
    '02:00 every Sunday',
    '02:00 on day 1 of each month',
    '10:00 on the first Friday of each month',
    '02:00 on day 1 of Jan, Jul',
    'every 5 min',
  ]);
});
