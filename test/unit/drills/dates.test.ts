import { describe, expect, test } from 'vitest';
import { comingDates, drillDates, lastDrillDue, rulesOf } from '../../../src/drills/dates.ts';
import type { Drill } from '../../../src/drills/record.ts';
import { drill, plan, tokyo } from './fixture.ts';

const monthly = plan({ schedules: { annualTest: 'off' } });
const rules = [rulesOf(monthly, tokyo('2026-01-15T00:00'))];
const said = (drills: readonly Drill[], now: string, history = rules) =>
  drillDates(history, drills, tokyo(now)).map(
    ({ at, state, drill: of }) =>
      `${new Date(at + 9 * 3_600_000).toISOString().slice(0, 10)} ${state}${of === null ? '' : ' by one'}`,
  );

describe('dates of drills', () => {
  test('are the first Fridays since they are watched over, each of which was held or missed', () => {
    const drills = [drill('2026-02-06T10:00'), drill('2026-04-03T10:02', { outcome: 'failed' })];
    expect(said(drills, '2026-05-15T00:00')).toEqual([
      '2026-05-01 missed',
      '2026-04-03 held by one',
      '2026-03-06 missed',
      '2026-02-06 held by one',
    ]);
  });

  test('are due as long as the schedule would still start it', () => {
    expect(said([], '2026-02-07T10:00')).toEqual(['2026-02-06 due']);
    expect(said([], '2026-02-09T10:01')).toEqual(['2026-02-06 missed']);
    expect(said([drill('2026-02-08T20:00')], '2026-02-09T10:01')).toEqual(['2026-02-06 held by one']);
  });

  test('stay missed when a later drill makes up for them', () => {
    expect(said([drill('2026-02-20T10:00')], '2026-03-07T00:00')).toEqual(['2026-03-06 due', '2026-02-06 missed by one']);
  });

  test('are held late by the drill that was started for them', () => {
    const late = drill('2026-02-20T10:00', { dueAt: new Date(tokyo('2026-02-06T10:00')).toISOString() });
    expect(said([late], '2026-02-21T00:00')).toEqual(['2026-02-06 held by one']);
  });

  test('are not held by a drill that was cancelled, or has no end', () => {
    const drills = [drill('2026-02-06T10:00', { outcome: 'cancelled' }), drill('2026-03-06T10:00', { outcome: null })];
    expect(said(drills, '2026-03-15T00:00')).toEqual(['2026-03-06 missed', '2026-02-06 missed']);
  });

  test('are those of the plan as it was then: a change of it changes nothing before', () => {
    const mondays = plan({ schedules: { annualTest: 'off', drill: { first: 'monday' } } });
    const off = plan({ schedules: { annualTest: 'off', drill: 'off' } });
    const history = [...rules, rulesOf(mondays, tokyo('2026-03-01T00:00')), rulesOf(off, tokyo('2026-04-01T00:00'))];
    expect(said([], '2026-06-15T00:00', history)).toEqual(['2026-03-02 missed', '2026-02-06 missed']);
  });

  test('over two years of first Fridays in Tokyo are twenty-four, leap day or not', () => {
    const two = [rulesOf(monthly, tokyo('2027-01-01T00:00'))];
    const dates = drillDates(two, [], tokyo('2029-01-01T00:00'));
    expect(dates).toHaveLength(24);
    for (const { at } of dates) {
      const wall = new Date(at + 9 * 3_600_000);
      expect([wall.getUTCDay(), wall.getUTCHours()]).toEqual([5, 10]);
      expect(wall.getUTCDate()).toBeLessThanOrEqual(7);
    }
  });

  test('have the annual test as a drill, and not the other way round', () => {
    const both = [rulesOf(plan(), tokyo('2026-08-20T00:00'))];
    const test = drill('2026-09-04T10:00', { kind: 'annualTest' });
    const found = drillDates(both, [test], tokyo('2026-09-20T00:00'));
    expect(found.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['monthlyDrill held', 'annualTest held']);
    const drilled = drillDates(both, [drill('2026-09-01T10:00')], tokyo('2026-09-20T00:00'));
    expect(drilled.map(({ kind, state }) => `${kind} ${state}`)).toEqual(['monthlyDrill missed', 'annualTest missed']);
  });

  test('come', () => {
    const [next] = comingDates(monthly, tokyo('2026-11-06T10:00'));
    expect(next).toEqual({ at: tokyo('2026-12-04T10:00'), kind: 'monthlyDrill' });
  });
});

describe('the age of the newest drill that passed', () => {
  const due = (drills: readonly Drill[], now: string, history = rules) => lastDrillDue(history, drills, tokyo(now));

  test('is nothing before a date has passed for good', () => {
    expect(due([], '2026-02-08T00:00')).toBeNull();
    expect(due([], '2026-02-10T00:00')).toEqual({ dueAt: tokyo('2026-02-06T10:00'), passedAt: null });
  });

  test('counts drills that passed, however slowly', () => {
    const drills = [drill('2026-03-06T10:00', { outcome: 'failed' }), drill('2026-02-06T10:00', { outcome: 'slow' })];
    expect(due(drills, '2026-03-20T00:00')).toEqual({ dueAt: tokyo('2026-03-06T10:00'), passedAt: tokyo('2026-02-06T10:00') });
  });

  test('is nobody’s matter where the plan has drills switched off', () => {
    const off = rulesOf(plan({ schedules: { drill: 'off' } }), tokyo('2026-03-20T00:00'));
    expect(due([], '2026-03-21T00:00', [...rules, off])).toBeNull();
  });
});
