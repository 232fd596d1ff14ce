import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planSchema } from '../../../src/plan/schema.ts';
import { type Tier, tierNames } from '../../../src/plan/tier-names.ts';
import { lastOccurrence, occurrences } from '../../../src/schedules/calendar.ts';
import { dueTiers, lateTiers, type TieredBackup, tierRules } from '../../../src/schedules/tiers.ts';

const plan = planSchema.parse({
  version: 1,
  zone: 'Asia/Tokyo',
  stack: { project: 'shop' },
  database: { name: 'shop', user: 'admin' },
});
const at = (iso: string) => Date.parse(iso);
const backup = (iso: string, ...tiers: Tier[]): TieredBackup => ({ takenAt: at(iso), tiers });

describe('which tiers a backup serves', () => {
  const before = [backup('2026-10-01T02:00+09:00', ...tierNames), backup('2026-11-01T01:00+09:00', 'hourly')];

  test('at 02:00 on a Sunday that is the first: one backup for all', () => {
    expect(dueTiers(plan, at('2026-11-01T02:00+09:00'), before)).toEqual(['hourly', 'daily', 'weekly', 'monthly']);
  });

  test('the very first backup serves all', () => {
    expect(dueTiers(plan, at('2026-11-18T13:27+09:00'), [])).toEqual(['hourly', 'daily', 'weekly', 'monthly']);
  });

  test('an hour later only that hour', () => {
    const taken = [...before, backup('2026-11-01T02:00:03+09:00', ...tierNames)];
    expect(dueTiers(plan, at('2026-11-01T03:00+09:00'), taken)).toEqual(['hourly']);
  });

  test('what was missed in the night is made up for by the next', () => {
    const taken = [backup('2026-11-01T02:00+09:00', ...tierNames), backup('2026-11-08T01:00+09:00', 'hourly')];
    expect(dueTiers(plan, at('2026-11-08T05:00+09:00'), taken)).toEqual(['hourly', 'daily', 'weekly']);
  });

  test('asked for by hand between two hours: kept as the finest', () => {
    const taken = [backup('2026-11-01T02:00+09:00', ...tierNames)];
    expect(dueTiers(plan, at('2026-11-01T02:40+09:00'), taken)).toEqual(['hourly']);
  });

  test('a manual backup serves none', () => {
    expect(dueTiers(plan, at('2026-11-01T02:10+09:00'), [backup('2026-11-01T02:05+09:00')])).toContain('monthly');
  });
});

describe('months of hours in two years, with outages', () => {
  const begins = fc.integer({ min: 0, max: 22 }).map((month) => Date.UTC(2027, month, 25));
  const lasts = 45 * 86_400_000;
  const zones = ['Asia/Tokyo', 'America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'UTC'];

  // Two changes of the month or one of the clocks are in each: the whole two years would cost minutes, and show no more.
  test.each(zones)('every tier is served at each of its times, or by the first backup after the outage: %s', (zone) => {
    const here = { ...plan, zone };
    const rules = tierRules(here);
    const outages = fc.array(fc.tuple(fc.nat(1_000), fc.integer({ min: 1, max: 400 })), { maxLength: 5 });
    fc.assert(
      fc.property(begins, outages, (from, down) => {
        const hours = occurrences(Object.values(rules), zone, from, from + lasts);
        const ran = hours.filter((_hour, at) => !down.some(([start, length]) => start <= at && at < start + length));
        const taken = live(here, ran);
        for (const tier of tierNames) {
          const served = taken.filter(({ tiers }) => tiers.includes(tier)).map(({ takenAt }) => takenAt);
          // Each time of the tier has a backup, and no two backups serve the same time.
          const times = occurrences([rules[tier] ?? { minute: 0 }], zone, from, from + lasts);
          const expected = new Set(times.flatMap((due) => ran.find((hour) => hour >= due) ?? []));
          expect(served.filter((each) => each !== ran[0])).toEqual([...expected].filter((each) => each !== ran[0]));
        }
      }),
      { numRuns: 2, seed: 7, examples: [[Date.UTC(2028, 1, 10), []]] },
    );
  });

  /** A backup at each hour, for what is due then. Only the newest of each tier counts, so no more are kept. */
  function live(here: typeof plan, hours: readonly number[]): TieredBackup[] {
    const taken: TieredBackup[] = [];
    const newest = new Map<Tier, TieredBackup>();
    for (const takenAt of hours) {
      const made = { takenAt, tiers: dueTiers(here, takenAt, [...newest.values()]) };
      for (const tier of made.tiers) newest.set(tier, made);
      taken.push(made);
    }
    return taken;
  }
});

describe('late tiers', () => {
  const since = at('2026-11-01T00:00+09:00');
  const all = [backup('2026-11-01T02:00+09:00', ...tierNames)];

  test('nothing is late within the plan’s patience', () => {
    expect(lateTiers(plan, at('2026-11-01T03:59+09:00'), since, all)).toEqual([]);
  });

  test('the hour that nobody backed up', () => {
    const dueAt = at('2026-11-01T03:00+09:00');
    expect(lateTiers(plan, at('2026-11-01T04:00+09:00'), since, all)).toEqual([
      { tier: 'hourly', dueAt, newest: at('2026-11-01T02:00+09:00') },
    ]);
  });

  test('what was due before the schedule was made is nobody’s fault', () => {
    const made = at('2026-11-18T13:27+09:00');
    expect(lateTiers(plan, at('2026-11-18T14:30+09:00'), made, [])).toEqual([]);
    expect(lateTiers(plan, at('2026-11-18T15:00+09:00'), made, [])).toMatchObject([{ tier: 'hourly', newest: null }]);
    expect(lastOccurrence([{ minute: 0 }], plan.zone, made)).toBe(at('2026-11-18T13:00+09:00'));
  });
});
