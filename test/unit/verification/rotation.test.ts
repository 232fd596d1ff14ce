import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseByRotation, type InRotation } from '../../../src/verification/rotation.ts';

const day = 86_400_000;
const backup = (id: string, takenAt: number, restoredAt: number | null = null): InRotation => ({
  id,
  database: 'app',
  takenAt,
  restoredAt,
});
const ids = (chosen: readonly InRotation[]) => chosen.map(({ id }) => id);
const rules = { every: 14 * day, restores: 2, interval: day };

describe('chooseByRotation', () => {
  it('takes nothing of nothing', () => expect(chooseByRotation([], rules, 0)).toEqual([]));

  it('takes the newest first, then the one that waits longest', () => {
    const stored = [backup('c', 3 * day), backup('b', 2 * day), backup('a', day)];
    expect(ids(chooseByRotation(stored, rules, 3 * day))).toEqual(['c', 'a']);
  });

  it('goes on with the queue when the newest is proven', () => {
    const stored = [backup('c', 3 * day, 4 * day), backup('b', 2 * day), backup('a', day, 3 * day)];
    expect(ids(chooseByRotation(stored, rules, 4 * day))).toEqual(['b', 'a']);
  });

  it('takes the newest of each database at once', () => {
    const other = { ...backup('x', 0), database: 'other' };
    expect(ids(chooseByRotation([backup('a', day), other], { ...rules, restores: 1 }, 2 * day))).toEqual(['a', 'x']);
  });

  it('takes as many as would be overdue before the next run', () => {
    const stored = Array.from({ length: 9 }, (_each, at) => backup(`b${at}`, at, at));
    expect(chooseByRotation(stored, rules, 13.5 * day)).toHaveLength(9);
    expect(chooseByRotation(stored, rules, 12.5 * day)).toHaveLength(2);
  });
});

/** One day: how many backups are taken, which of those stored are deleted by then, and whether the machine lets restores end. */
const days = fc.array(fc.record({ taken: fc.nat(4), gone: fc.array(fc.nat(30), { maxLength: 3 }), works: fc.boolean() }), {
  minLength: 1,
  maxLength: 60,
});

/** Runs every day and tells each run what was there and what was chosen. */
function simulate(
  history: readonly { taken: number; gone: readonly number[]; works: boolean }[],
  restores: number,
  tell: (stored: readonly InRotation[], chosen: readonly InRotation[], now: number, works: boolean) => void,
): void {
  let stored: InRotation[] = [];
  for (const [at, { taken, gone, works }] of history.entries()) {
    const now = (at + 1) * day;
    stored = stored.filter((_each, index) => !gone.includes(index));
    for (let number = 0; number < taken; number += 1) stored.push(backup(`${at}-${number}`, now - (taken - number) * 60_000));
    const chosen = chooseByRotation(stored, { ...rules, restores }, now);
    tell(stored, chosen, now, works);
    if (works) stored = stored.map((each) => (ids(chosen).includes(each.id) ? { ...each, restoredAt: now } : each));
  }
}

describe('over random histories', () => {
  it('restores the newest at once', () => {
    fc.assert(
      fc.property(days, fc.integer({ min: 1, max: 5 }), (history, restores) => {
        simulate(history, restores, (stored, chosen) => {
          const newest = [...stored].sort((a, b) => b.takenAt - a.takenAt)[0];
          if (newest?.restoredAt === null) expect(chosen[0]).toBe(newest);
        });
      }),
    );
  });

  it('reaches every backup within as many runs as there are backups, shared by those that a run restores beside the newest', () => {
    fc.assert(
      fc.property(days, fc.integer({ min: 2, max: 5 }), (history, restores) => {
        const waited = new Map<string, { runs: number; most: number }>();
        simulate(
          history.map((each) => ({ ...each, works: true })),
          restores,
          (stored, chosen) => {
            for (const { id } of stored) {
              const before = waited.get(id) ?? { runs: 0, most: stored.length };
              const runs = ids(chosen).includes(id) ? 0 : before.runs + 1;
              // Only those that were there when its wait began can come before it.
              const most = runs === 0 ? stored.length : before.most;
              expect(runs).toBeLessThanOrEqual(Math.ceil(most / (restores - 1)));
              waited.set(id, { runs, most });
            }
          },
        );
      }),
    );
  });

  it('lets none wait longer than the plan says, while the machine works', () => {
    fc.assert(
      fc.property(days, (history) => {
        simulate(
          history.map((each) => ({ ...each, works: true })),
          1,
          (stored, chosen, now) => {
            for (const each of stored.filter(({ id }) => !ids(chosen).includes(id)))
              expect(now + rules.interval - (each.restoredAt ?? each.takenAt)).toBeLessThanOrEqual(rules.every);
          },
        );
      }),
    );
  });

  it('tries again in the next run what the machine kept from being restored', () => {
    fc.assert(
      fc.property(days, (history) => {
        let failed: readonly InRotation[] = [];
        let inQueue: readonly string[] = [];
        simulate(history, 3, (stored, chosen, _now, works) => {
          const newest = [...stored].sort((a, b) => b.takenAt - a.takenAt)[0];
          const wentFirst = newest?.restoredAt === null ? newest.id : null;
          const places = chosen.length - (wentFirst === null ? 0 : 1);
          const left = inQueue.filter((id) => stored.some((each) => each.id === id));
          const again = ids(chosen).filter((id) => ids(failed).includes(id));
          expect(again.length).toBeGreaterThanOrEqual(Math.min(left.length, places));
          failed = works ? [] : chosen;
          // A newest that went first had no turn in the queue; it may be anywhere in it.
          inQueue = ids(failed).filter((id) => id !== wentFirst);
        });
      }),
    );
  });
});
