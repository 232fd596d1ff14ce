/**
 * Two simulated years, 2027 and 2028: first Fridays, ends of months and years, the leap day, outages, changes of the plan. The test server whose clock
 * can be moved knows no schedules (TypeScript SDK 1.24, temporal-test-server 1.40.0), so the dates are asked of a real server, and what follows from them
 * is lived through with the product's own rules.
 */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { occurrences, type Rule } from '../../src/schedules/calendar.ts';
import { wantedSchedules } from '../../src/schedules/definition.ts';
import { type KindName, kindNames, kinds } from '../../src/schedules/kinds.ts';
import { matchingTimes } from '../../src/schedules/matching-times.ts';
import { optionsOf } from '../../src/schedules/server.ts';
import { clock } from '../../src/text/time.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { shopPlan as planOf } from '../shop-plan.ts';
import { World } from './world.ts';

const plan = planOf();
const at = (iso: string) => Date.parse(`${iso}:00+09:00`);
const years = { from: at('2027-01-01T00:00') - 1, to: at('2029-01-01T00:00') - 1 };
const dayMs = 86_400_000;

/** Every few minutes: of two years the days on which something could be wrong are enough. */
const often: readonly KindName[] = ['watch', 'audit'];
const seldom = kindNames.filter((kind) => !often.includes(kind));
const oddDays = ['2027-12-31T22:00', '2028-02-28T22:00'].map((day) => ({ from: at(day), to: at(day) + dayMs / 2 }));

describe('the dates of a real server', () => {
  let temporal: TestWorkflowEnvironment;

  beforeAll(async () => {
    temporal = await startTemporal();
  });
  afterAll(() => temporal.teardown());

  async function datesOf(
    name: string,
    rules: readonly Rule[],
    spans: readonly { from: number; to: number }[],
  ): Promise<number[]> {
    const [backups] = wantedSchedules(plan);
    if (backups === undefined) throw new Error('the plan wants no backups');
    const options = optionsOf(name, { ...backups, id: name, rules });
    const handle = await temporal.client.schedule.create({ ...options, state: { paused: true } });
    const found = [];
    for (const span of spans)
      found.push(...(await matchingTimes(temporal.connection, { namespace: 'default', scheduleId: handle.scheduleId }, span)));
    return found;
  }

  test.each(seldom)('%s: each date of two years is where our calendar has it', async (kind) => {
    const rules = kinds[kind].when(plan);
    const found = await datesOf(kind, rules, [years]);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(occurrences(rules, plan.zone, years.from, years.to));
    const next = (await temporal.client.schedule.getHandle(kind).describe()).info.nextActionTimes.map(Number);
    expect(next).toEqual(occurrences(rules, plan.zone, Date.now(), next.at(-1) ?? 0));
  });

  test.each(often)('%s: also around the end of the year and the leap day', async (kind) => {
    const rules = kinds[kind].when(plan);
    const found = await datesOf(kind, rules, oddDays);
    expect(found).toEqual(oddDays.flatMap(({ from, to }) => occurrences(rules, plan.zone, from, to)));
  });

  test('a date with jitter ran at the very instant that the list of dates has: the audit compares them', async () => {
    const [backups] = wantedSchedules(plan);
    if (backups === undefined) throw new Error('the plan wants no backups');
    const definition = { ...backups.definition, jitterMs: 900 };
    const options = optionsOf('jitter', { ...backups, id: 'jitter', rules: [{ every: 1_000 }], definition });
    const handle = await temporal.client.schedule.create({ ...options, policies: { ...options.policies, overlap: 'ALLOW_ALL' } });
    const ran = async () => (await handle.describe()).info.recentActions.map(({ scheduledAt }) => scheduledAt.getTime());
    await until('a few ran', async () => (await ran()).length >= 4);
    const times = (await ran()).toSorted((a, b) => a - b);
    await handle.delete();
    const window = { from: (times[0] ?? 0) - 1, to: times.at(-1) ?? 0 };
    expect(times.some((time) => time % 1_000 !== 0)).toBe(true);
    const again = await temporal.client.schedule.create({ ...options, state: { paused: true } });
    const listed = await matchingTimes(temporal.connection, { namespace: 'default', scheduleId: again.scheduleId }, window, 900);
    expect(listed).toEqual(times);
  });

  test('literally: drills, the first of the month, the leap day, reviews, the annual test', async () => {
    const dates = async (kind: KindName) =>
      (await datesOf(`${kind}-literally`, kinds[kind].when(plan), [years])).map((each) => clock(each, plan.zone, 0));
    expect(await dates('drill')).toEqual(
      [
        ...['2027-01-01', '2027-02-05', '2027-03-05', '2027-04-02', '2027-05-07', '2027-06-04'],
        ...['2027-07-02', '2027-08-06', '2027-09-03', '2027-10-01', '2027-11-05', '2027-12-03'],
        ...['2028-01-07', '2028-02-04', '2028-03-03', '2028-04-07', '2028-05-05', '2028-06-02'],
        ...['2028-07-07', '2028-08-04', '2028-09-01', '2028-10-06', '2028-11-03', '2028-12-01'],
      ].map((day) => `${day} 10:00 JST`),
    );
    expect(await dates('annualTest')).toEqual(['2027-09-01 10:00 JST', '2028-09-01 10:00 JST']);
    expect(await dates('reviewAnnually')).toEqual(['2027-04-01 09:00 JST', '2028-04-01 09:00 JST']);
    expect(await dates('reviewQuarterly')).toEqual(
      [2027, 2028].flatMap((year) => ['01', '04', '07', '10'].map((month) => `${year}-${month}-01 09:00 JST`)),
    );
    const daily = await dates('verification');
    expect(daily).toHaveLength(365 + 366);
    expect(daily).toEqual(expect.arrayContaining(['2027-12-31 03:30 JST', '2028-01-01 03:30 JST', '2028-02-29 03:30 JST']));
    expect((await dates('reviewMonthly'))[14]).toBe('2028-03-01 09:00 JST');
  });
});

describe('our calendar', () => {
  type Time = Readonly<Record<string, string>>;
  const wallClocks: readonly (readonly [Rule, (time: Time) => boolean])[] = [
    [{ hour: 2, minute: 0 }, ({ hour, minute }) => `${hour}:${minute}` === '02:00'],
    [
      { hour: 10, minute: 0, weekday: 5, days: { from: 1, to: 7 } },
      ({ hour, minute, weekday, day }) => `${weekday} ${hour}:${minute}` === 'Friday 10:00' && Number(day) <= 7,
    ],
    [
      { hour: 1, minute: 30, days: { from: 28, to: 28 }, months: [2, 10] },
      ({ hour, minute, day, month }) => `${day} ${hour}:${minute}` === '28 01:30' && /^(Feb|Oct)/.test(month ?? ''),
    ],
    [{ hour: 2, minute: 30, weekday: 7 }, ({ hour, minute, weekday }) => `${weekday} ${hour}:${minute}` === 'Sunday 02:30'],
  ];

  test.each(['Asia/Tokyo', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe'])(
    'is that of a clock on a wall in %s',
    (zone) => {
      // Every quarter of an hour through the eyes of Intl, without a thought.
      const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'full', timeStyle: 'short' });
      const seen = wallClocks.map((): number[] => []);
      for (let instant = Math.ceil(years.from / 900_000) * 900_000; instant <= years.to; instant += 900_000) {
        const time = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
        for (const [index, [, fits]] of wallClocks.entries()) if (fits(time)) seen[index]?.push(instant);
      }
      expect(wallClocks.map(([rule]) => occurrences([rule], zone, years.from, years.to))).toEqual(seen);
    },
  );
});

const problems = ({ told }: World) =>
  told.map(({ at: when, finding }) => `${clock(when, plan.zone, 0)} ${finding.severity} ${finding.problem}`);
const tiersOf = ({ backups }: World, tier: string) => backups.filter(({ tiers }) => tiers.some((each) => each === tier));

describe('two years in which nothing happens', () => {
  test('no alarm, and the backups that the document wants are there', () => {
    const world = new World(plan, years.from);
    world.live(years.to);
    expect(problems(world)).toEqual([]);
    const { backups, verification, integrity } = world.runs();
    expect({ backups, verification, integrity }).toEqual({ backups: 731 * 24, verification: 731, integrity: 105 });
    const days = (tier: string) => tiersOf(world, tier).map(({ takenAt }) => clock(takenAt, plan.zone, 0).slice(0, 10));
    // Retention runs at five in the morning, and leaves what ends later that day.
    expect(days('daily').slice(-8)).toEqual(['24', '25', '26', '27', '28', '29', '30', '31'].map((day) => `2028-12-${day}`));
    expect(days('weekly')).toEqual(expect.arrayContaining(['2028-12-10', '2028-12-17', '2028-12-24', '2028-12-31']));
    expect(days('monthly')).toEqual(
      ['01', '02', '03', '04', '05', '06', '07', '08', '09', '10', '11', '12'].map((month) => `2028-${month}-01`),
    );
    expect(world.backups.length + world.trash.length + world.purged).toBe(backups);
    expect(world.backups.length).toBeLessThan(24 + 24 + 8 + 5 + 12);
  });

  test('where the clocks change, neither', () => {
    const world = new World(planOf({ zone: 'America/New_York' }), at('2027-03-01T00:00'));
    world.live(at('2027-12-01T00:00'));
    expect(problems(world)).toEqual([]);
    expect(world.runs().verification).toBe(275);
  });
});

describe('outages', () => {
  test('Temporal is away over the end of the year: what was missed is told by its dates, and one backup serves every tier', () => {
    const outage = { of: 'Temporal', from: at('2027-12-30T10:30'), to: at('2028-01-02T15:15') } as const;
    const world = new World(plan, at('2027-12-01T00:00'), [outage]);
    world.live(at('2028-01-04T00:00'));
    expect(problems(world)).toEqual([
      '2028-01-02 15:30 JST P3 backups did not run at 2027-12-30 11:00 JST, 2027-12-30 12:00 JST, 2027-12-30 13:00 JST and 73 more',
      // The one of the morning of 2 January is made up for.
      '2028-01-02 15:30 JST P3 verification did not run at 2027-12-31 03:30 JST, 2028-01-01 03:30 JST',
      '2028-01-02 15:30 JST P3 lookAhead did not run at 2027-12-31 09:00 JST, 2028-01-01 09:00 JST',
      '2028-01-02 15:30 JST P3 channels did not run at 2027-12-31 09:30 JST, 2028-01-01 09:30 JST',
    ]);
    const back = world.backups.filter(({ takenAt }) => takenAt >= outage.from);
    expect(back[0]).toMatchObject({ takenAt: at('2028-01-02T15:16'), tiers: ['hourly', 'daily', 'weekly', 'monthly'] });
    expect(back[1]).toMatchObject({ takenAt: at('2028-01-02T16:01'), tiers: ['hourly'] });
  });

  test('the worker is away over the leap day: the server starts one of each, and skips the others', () => {
    const outage = { of: 'worker', from: at('2028-02-27T12:30'), to: at('2028-03-02T08:10') } as const;
    const world = new World(plan, at('2028-02-01T00:00'), [outage]);
    world.live(at('2028-03-04T00:00'));
    expect(problems(world)).toEqual([
      '2028-03-02 08:30 JST P3 backups did not run at 2028-02-27 14:00 JST, 2028-02-27 15:00 JST, 2028-02-27 16:00 JST and 87 more',
      '2028-03-02 08:30 JST P3 verification did not run at 2028-02-29 03:30 JST, 2028-03-01 03:30 JST',
      '2028-03-02 08:30 JST P3 lookAhead did not run at 2028-02-29 09:00 JST, 2028-03-01 09:00 JST',
      '2028-03-02 08:30 JST P3 channels did not run at 2028-02-29 09:30 JST, 2028-03-01 09:30 JST',
      '2028-03-02 09:30 JST P3 backups did not run at 2028-03-02 08:00 JST',
      '2028-03-02 16:30 JST P3 verification did not run at 2028-03-02 03:30 JST',
    ]);
    const back = world.backups.filter(({ takenAt }) => takenAt >= outage.from);
    // The worker comes back on Thursday: a weekly one is not due before Sunday.
    expect(back[0]).toMatchObject({ takenAt: at('2028-03-02T08:11'), tiers: ['hourly', 'daily', 'monthly'] });
  });

  test('everything is away for nine weeks: the server answers a thousand dates at once, and there are more', () => {
    const outage = { of: 'Temporal', from: at('2027-06-01T12:30'), to: at('2027-08-03T08:10') } as const;
    const world = new World(plan, at('2027-05-01T00:00'), [outage]);
    world.live(at('2027-08-05T00:00'));
    const [backups, ...others] = problems(world);
    const hours = (outage.to - outage.from - 70 * 60_000) / 3_600_000;
    expect(backups).toContain(
      `2027-06-01 13:00 JST, 2027-06-01 14:00 JST, 2027-06-01 15:00 JST and ${Math.ceil(hours) - 3} more`,
    );
    expect(others.map((line) => /P3 (\w+) did not run/.exec(line)?.[1])).toEqual([
      'verification',
      'integrity',
      'drill',
      'lookAhead',
      'channels',
    ]);
    // Nothing is deleted on the first day, however late it is: the clock may have jumped.
    const before = world.backups.filter(({ takenAt }) => takenAt < outage.from);
    expect(before.length).toBeGreaterThan(20);
    expect(world.backups.at(-1)?.takenAt).toBe(at('2027-08-05T00:01'));
  });
});

describe('the plan changes in between', () => {
  test('on the leap day the daily backup moves to the afternoon, then hours are turned off: no date is called missed', () => {
    const world = new World(plan, at('2028-02-20T00:00'));
    world.live(at('2028-02-29T12:00'));
    world.apply(planOf({ schedules: { backups: { daily: { at: '13:00' } } } }));
    world.live(at('2028-03-05T12:00'));
    expect(tiersOf(world, 'daily').at(-1)?.takenAt).toBe(at('2028-03-04T13:01'));
    world.apply(planOf({ schedules: { backups: { hourly: 'off', daily: { at: '13:00' } } } }));
    world.live(at('2028-04-10T00:00'));
    expect(problems(world)).toEqual([]);
  });
});
