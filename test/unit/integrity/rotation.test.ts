import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nextRelations, type Relation } from '../../../src/integrity/rotation.ts';
import { type CheckRun, lastReadOf, sparkline, trends } from '../../../src/integrity/trend.ts';

const relation = (name: string, bytes: number): Relation => ({ name, bytes, kind: 'table' });

describe('tables and indexes are read by rotation', () => {
  test('in so many runs all are read, whatever their sizes, and no run reads more than its part and one', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1_000_000), { maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (sizes, coverIn) => {
        const all = sizes.map((bytes, at) => relation(`t${at}`, bytes));
        const part = all.reduce((sum, { bytes }) => sum + bytes + 1, 0) / coverIn;
        const lastRead = new Map<string, string>();
        for (let run = 1; run <= coverIn; run += 1) {
          const chosen = nextRelations(all, lastRead, coverIn);
          const before = chosen.slice(0, -1).reduce((sum, { bytes }) => sum + bytes + 1, 0);
          expect(before).toBeLessThanOrEqual(part);
          for (const { name } of chosen) lastRead.set(name, `2026-01-${String(run).padStart(2, '0')}`);
        }
        expect(new Set(lastRead.keys())).toEqual(new Set(all.map(({ name }) => name)));
      }),
    );
  });

  test('new ones come first, then those that were read longest ago', () => {
    const all = [relation('a', 10), relation('b', 10), relation('new', 10)];
    const lastRead = new Map([
      ['a', '2026-02-01'],
      ['b', '2026-01-01'],
    ]);
    expect(nextRelations(all, lastRead, 2).map(({ name }) => name)).toEqual(['new', 'b']);
  });
});

describe('trends', () => {
  const run = (at: string, found: Record<string, number>, read: string[] = []): CheckRun => ({
    at,
    database: 'd',
    found,
    rows: {},
    read,
  });

  test('a check that is new has no values before', () => {
    expect(trends([run('1', { a: 1 }), run('2', { a: 0, b: 4 })], 'found')).toEqual([
      { name: 'a', values: [1, 0] },
      { name: 'b', values: [null, 4] },
    ]);
  });

  test.each([
    [[0, 0], '▁▁'],
    [[0, 1, 1000], '▁▂█'],
    [[null, 5], ' █'],
  ])('%j is %s', (values, line) => {
    expect(sparkline(values)).toBe(line);
  });

  test('when something was read last', () => {
    expect(lastReadOf([run('1', {}, ['a', 'b']), run('2', {}, ['a'])])).toEqual(
      new Map([
        ['a', '2'],
        ['b', '1'],
      ]),
    );
  });
});
