import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chooseForAnnualTest, chooseForDrill, newestTrusted, usableBackups } from '../../../src/drills/choose.ts';
import type { Drill } from '../../../src/drills/record.ts';
import { type Tier, tierNames } from '../../../src/plan/tier-names.ts';
import { drill, stored, tokyo } from './fixture.ts';

const days = 86_400_000;
const all = [
  stored('h', '2026-11-06T09:00', { tiers: ['hourly'] }),
  stored('d', '2026-11-06T02:00', { tiers: ['hourly', 'daily'] }),
  stored('w', '2026-11-01T02:00', { tiers: ['hourly', 'daily', 'weekly'] }),
  stored('m', '2026-10-01T02:00', { tiers: ['hourly', 'daily', 'monthly'] }),
];

describe('what can be used', () => {
  test('is of the database, with nothing known against it, newest first', () => {
    const others = [
      stored('other', '2026-11-06T09:30', { database: 'other' }),
      stored('torn', '2026-11-06T09:40', { broken: 'manifest' }),
      stored('bad', '2026-11-06T09:50', { bad: true }),
    ];
    expect(usableBackups([...others, ...all.toReversed()], 'shop').map(({ id }) => id)).toEqual(['h', 'd', 'w', 'm']);
  });

  test('is the newest proven one; the newest of all where none ever was', () => {
    const unproven = stored('u', '2026-11-06T10:00', { proven: false });
    expect(newestTrusted([unproven, ...all])?.id).toBe('h');
    expect(newestTrusted([unproven])?.id).toBe('u');
    expect(newestTrusted([])).toBeNull();
  });
});

describe('the monthly drill', () => {
  test('begins with the finest tier and goes round through all of them', () => {
    const drills: Drill[] = [];
    const chosen: string[] = [];
    for (const month of ['03', '04', '05', '06', '07']) {
      const one = chooseForDrill(all, drills, 'rotate');
      chosen.push(`${one?.tier} ${one?.id}`);
      drills.unshift(drill(`2026-${month}-01T10:00`, { tier: one?.tier ?? '' }));
    }
    expect(chosen).toEqual(['hourly h', 'daily d', 'weekly w', 'monthly m', 'hourly h']);
  });

  test('gives a tier its turn again when the drill was cancelled, and not when it failed', () => {
    const cancelled = [drill('2026-10-02T10:00', { tier: 'hourly', outcome: 'cancelled' })];
    expect(chooseForDrill(all, cancelled, 'rotate')?.tier).toBe('hourly');
    const failed = [drill('2026-10-02T10:00', { tier: 'hourly', outcome: 'failed' })];
    expect(chooseForDrill(all, failed, 'rotate')?.tier).toBe('daily');
  });

  test('takes backups by hand as a tier of their own', () => {
    const manual = stored('x', '2026-11-06T08:00', { tiers: [] });
    expect(chooseForDrill([manual], [], 'rotate')).toMatchObject({ id: 'x', tier: 'manual' });
  });

  test('takes always the newest where the plan says so', () => {
    expect(chooseForDrill(all, [drill('2026-10-02T10:00', { tier: 'hourly' })], 'newest')?.id).toBe('h');
    expect(chooseForDrill([], [], 'newest')).toBeNull();
    expect(chooseForDrill([], [], 'rotate')).toBeNull();
  });

  test('reaches every tier that has backups within as many drills as there are tiers', () => {
    const tiers = fc.uniqueArray(fc.constantFrom<Tier>(...tierNames), { minLength: 1 });
    fc.assert(
      fc.property(tiers, (present) => {
        const backups = present.map((tier, at) => stored(tier, `2026-11-0${at + 1}T02:00`, { tiers: [tier] }));
        const drills: Drill[] = [];
        const reached = new Set<string>();
        for (const [at] of present.entries()) {
          const tier = chooseForDrill(backups, drills, 'rotate')?.tier ?? '';
          reached.add(tier);
          drills.unshift(drill(`2026-0${at + 1}-02T10:00`, { tier }));
        }
        expect(reached.size).toBe(present.length);
      }),
    );
  });
});

test('the annual test takes the newest of each tier, each once, and one that is a month old', () => {
  const chosen = chooseForAnnualTest(all, 30 * days, tokyo('2026-11-06T10:00'));
  expect(chosen.map(({ id, tier }) => `${tier} ${id}`)).toEqual(['hourly h', 'daily d', 'weekly w', 'monthly m']);
  expect(chosen.at(-1)?.why).toContain('old enough');
  const young = chooseForAnnualTest(all.slice(0, 1), 30 * days, tokyo('2026-11-06T10:00'));
  expect(young.map(({ id, why }) => `${id} ${why}`)).toEqual(['h the newest of hourly; proven before']);
});
