import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ranges } from '../../src/activities/postgres/row-counts.ts';

test('the ranges of a table leave no block out and read none twice, and the last is open', () => {
  fc.assert(
    fc.property(fc.nat(2 ** 31), fc.integer({ min: 1, max: 64 }), (blocks, jobs) => {
      const all = ranges({ blocks }, jobs);
      const ends = all.map((range) => range.to);
      expect(all.map((range) => range.from)).toEqual([0, ...ends.slice(0, -1)]);
      expect(ends.at(-1)).toBeNull();
      expect(all.every((range) => range.to === null || range.to > range.from)).toBe(true);
    }),
  );
});

test('a small table, and one that can be read only as a whole, are one range', () => {
  expect(ranges({ blocks: 4096 }, 8)).toEqual([{ from: 0, to: null }]);
  expect(ranges({ blocks: null }, 8)).toEqual([{ from: 0, to: null }]);
});
