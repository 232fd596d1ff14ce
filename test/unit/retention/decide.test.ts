import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planSchema } from '../../../src/plan/schema.ts';
import { type Tier, tierNames } from '../../../src/plan/tier-names.ts';
import { decideRetention, type KeptBackup, type RetentionInput } from '../../../src/retention/decide.ts';
import { retentionRules } from '../../../src/retention/plan.ts';
import { dueTiers, type TieredBackup } from '../../../src/schedules/tiers.ts';

const hour = 3_600_000;
const day = 24 * hour;
const plan = planSchema.parse({
  version: 1,
  zone: 'Asia/Tokyo',
  stack: { project: 'shop' },
  database: { name: 'shop', user: 'admin' },
});
const rules = retentionRules(plan);
const now = Date.parse('2027-03-10T05:00:00+09:00');

let count = 0;
function backup(hoursAgo: number, changes: Partial<KeptBackup> = {}): KeptBackup {
  count += 1;
  return {
    id: `b${count}`,
    path: `/b${count}`,
    database: 'shop',
    takenAt: now - hoursAgo * hour,
    tiers: ['hourly'],
    verified: 'passed',
    hold: null,
    readers: [],
    ...changes,
  };
}
const input = (backups: readonly KeptBackup[], changes: Partial<RetentionInput> = {}): RetentionInput => ({
  backups,
  broken: [],
  trashed: [],
  lastRunAt: now - day,
  ...changes,
});
const whyOf = (backups: readonly KeptBackup[], at = 1, changes: Partial<RetentionInput> = {}) => {
  const { verdict, why } = decideRetention(input(backups, changes), rules, now).decisions[at] ?? { verdict: '', why: '' };
  return `${verdict}: ${why}`;
};

describe('the document’s times', () => {
  test.each<[Tier, number, number]>([
    ['hourly', 23, 25],
    ['daily', 6 * 24, 8 * 24],
    ['weekly', 27 * 24, 29 * 24],
    ['monthly', 360 * 24, 370 * 24],
  ])('%s', (tier, young, old) => {
    const newest = backup(1, { tiers: [...tierNames] });
    expect(whyOf([newest, backup(young, { tiers: [tier] })])).toMatch(`keep: ${tier}, kept until`);
    expect(whyOf([newest, backup(old, { tiers: [tier] })])).toBe(`delete: its time as ${tier} is over`);
  });

  test('the tier that is kept longest counts', () => {
    expect(whyOf([backup(1), backup(48, { tiers: ['hourly', 'daily', 'monthly'] })])).toMatch(/keep: monthly, kept until/);
  });
});

describe('what stays all the same', () => {
  const old = (changes: Partial<KeptBackup> = {}) => backup(48, changes);

  test('one that no schedule took', () => {
    expect(whyOf([backup(1), old({ tiers: [] })])).toMatch(/keep: no schedule took it/);
  });

  test('one under a hold, until that is over', () => {
    const hold = { until: now + 1, reason: 'audit', by: 'Sato' };
    expect(whyOf([backup(1), old({ hold })])).toMatch(/keep: held until .* by Sato: audit/);
    expect(whyOf([backup(1), old({ hold: { ...hold, until: now } })])).toMatch(/delete/);
  });

  test('one that is being read', () => {
    expect(whyOf([backup(1), old({ readers: ['restore-shop'] })])).toBe('keep: being read by restore-shop');
  });

  test('the newest verified of its kind, and the newest of its kind', () => {
    expect(whyOf([backup(1, { verified: 'never' }), old()])).toBe('keep: the newest verified hourly backup');
    expect(whyOf([backup(1), old({ tiers: ['daily'] }), backup(300, { tiers: ['daily'] })])).toMatch(/keep: daily/);
    expect(whyOf([backup(1), backup(300, { tiers: ['daily'] })])).toBe('keep: the newest daily backup');
  });

  test('all, while no newer one is verified', () => {
    expect(whyOf([backup(1, { verified: 'never' }), old({ verified: 'never' })])).toBe('keep: no newer backup is verified');
  });

  test('one of a tier that the plan turned off', () => {
    const off = retentionRules({
      ...plan,
      schedules: { ...plan.schedules, backups: { ...plan.schedules.backups, weekly: 'off' } },
    });
    const decided = decideRetention(input([backup(1), backup(5_000, { tiers: ['weekly'] })]), off, now);
    expect(decided.decisions[1]).toMatchObject({
      verdict: 'keep',
      why: 'the plan does not say how long weekly backups are kept',
    });
  });
});

describe('nothing goes at all', () => {
  const frozen = (backups: readonly KeptBackup[], changes: Partial<RetentionInput> = {}) => {
    const decided = decideRetention(input(backups, changes), rules, now);
    expect(decided.decisions.every(({ verdict }) => verdict === 'keep')).toBe(true);
    return decided.frozen.join();
  };

  test('while the newest that was verified failed', () => {
    const failed = backup(1, { verified: 'failed' });
    expect(frozen([failed, backup(2), backup(48)])).toBe(`the newest backup that was verified, ${failed.id}, failed`);
    expect(frozen([backup(0, { verified: 'never' }), failed, backup(48)])).toMatch(/failed/);
  });

  test('while a damaged one is newer than all that are verified', () => {
    expect(frozen([backup(2), backup(48)], { broken: [{ id: 'x', takenAt: now - hour }] })).toMatch(/x is damaged/);
  });

  test('when the clock went back, jumped ahead, or a backup is of the future', () => {
    expect(frozen([backup(1), backup(48)], { lastRunAt: now + hour })).toMatch(/the clock went back/);
    expect(frozen([backup(1), backup(48)], { lastRunAt: now - 8 * day })).toMatch(/the clock may have jumped/);
    expect(frozen([backup(-1), backup(48)])).toMatch(/the newest backup is of/);
    expect(frozen([backup(8 * 24), backup(9 * 24)])).toMatch(/no backup comes any more/);
  });

  test('what was deleted before stays in the trash, too', () => {
    const trashed = [{ id: 't', path: '/t', deletedAt: now - 2 * day }];
    expect(frozen([backup(1, { verified: 'failed' })], { trashed })).toMatch(/failed/);
    expect(whyOf([backup(1)], 1, { trashed })).toMatch(/^purge/);
    expect(whyOf([backup(1)], 1, { trashed: [{ id: 't', path: '/t', deletedAt: now - hour }] })).toMatch(
      /keep: deleted; can be had back/,
    );
  });
});

const tiersOf = fc.uniqueArray(fc.constantFrom(...tierNames), { maxLength: 4 });
const anyBackup = fc.record({
  takenAt: fc.integer({ min: now - 500 * day, max: now + hour }),
  database: fc.constantFrom('shop', 'other'),
  tiers: tiersOf,
  verified: fc.constantFrom('passed' as const, 'failed' as const, 'never' as const),
  hold: fc.option(
    fc.record({ until: fc.integer({ min: now - day, max: now + day }), reason: fc.constant('r'), by: fc.constant('b') }),
  ),
  readers: fc.array(fc.constant('reader'), { maxLength: 1 }),
});

test('whatever the history: what must stay stays', () => {
  fc.assert(
    fc.property(
      fc.array(anyBackup, { maxLength: 40 }),
      fc.option(fc.integer({ min: now - 20 * day, max: now + 2 * day })),
      fc.array(fc.integer({ min: now - 100 * day, max: now }), { maxLength: 2 }),
      (made, lastRunAt, damaged) => {
        const backups = made.map((each, at) => ({ ...each, id: `b${at}`, path: `/b${at}` }) as KeptBackup);
        const broken = damaged.map((takenAt, at) => ({ id: `x${at}`, takenAt }));
        const { decisions, frozen } = decideRetention({ backups, broken, trashed: [], lastRunAt }, rules, now);
        expect(decisions).toHaveLength(backups.length);
        const gone = new Set(decisions.filter(({ verdict }) => verdict !== 'keep').map(({ id }) => id));
        const left = backups.filter(({ id }) => !gone.has(id));
        const went = backups.filter(({ id }) => gone.has(id));
        if (frozen.length > 0) expect(went).toEqual([]);
        for (const each of went) {
          expect(each.hold === null || each.hold.until <= now).toBe(true);
          expect(each.readers).toEqual([]);
          expect(each.tiers).not.toEqual([]);
          for (const tier of each.tiers) expect(each.takenAt + (rules.keep[tier] ?? 0)).toBeLessThanOrEqual(now);
          const siblings = left.filter(({ database }) => database === each.database);
          // A proven one is left that is newer, and one of each kind that it was of, proven if any was.
          expect(siblings.some(({ verified, takenAt }) => verified === 'passed' && takenAt > each.takenAt)).toBe(true);
          for (const tier of each.tiers) {
            const same = siblings.filter(({ tiers }) => tiers.includes(tier));
            expect(same.length).toBeGreaterThan(0);
            if (each.verified === 'passed') expect(same.some(({ verified }) => verified === 'passed')).toBe(true);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('months of hours, verified daily, with failures and clocks that jump: there is always a proven backup', () => {
  const event = fc.record({
    fails: fc.integer({ min: 0, max: 9 }),
    jumpHours: fc.oneof(
      { weight: 12, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -400, max: 4_000 }) },
    ),
  });
  fc.assert(
    fc.property(fc.array(event, { minLength: 20, maxLength: 60 }), (days) => {
      let clock = now;
      let lastRunAt: number | null = null;
      let backups: KeptBackup[] = [];
      for (const { fails, jumpHours } of days) {
        clock += jumpHours * hour;
        for (let each = 0; each < 24; each += 6) {
          clock += 6 * hour;
          const tiered: TieredBackup[] = backups;
          backups.push({ ...backup(0), takenAt: clock, tiers: dueTiers(plan, clock, tiered), verified: 'never' });
        }
        const newest = backups.at(-1);
        if (newest !== undefined) backups[backups.length - 1] = { ...newest, verified: fails === 0 ? 'failed' : 'passed' };
        const proven = backups.filter(({ verified }) => verified === 'passed');
        const decided = decideRetention({ backups, broken: [], trashed: [], lastRunAt }, rules, clock);
        const gone = new Set(decided.decisions.filter(({ verdict }) => verdict === 'delete').map(({ id }) => id));
        if (!decided.clockDoubted) lastRunAt = clock;
        backups = backups.filter(({ id }) => !gone.has(id));
        if (fails === 0) expect(gone.size).toBe(0);
        if (proven.length > 0) {
          const best = proven.reduce((a, b) => (b.takenAt > a.takenAt ? b : a));
          expect(backups.map(({ id }) => id)).toContain(best.id);
        }
      }
    }),
    { numRuns: 20, seed: 11 },
  );
});
