import { describe, expect, test } from 'vitest';
import { appliedWith, type Graph, headsOf, newestOf, pendingAfter, relationOf } from '../../../src/migrations/graph.ts';

const revision = (id: string, ...down: string[]) => ({ id, down, message: '' });
const line: Graph = [revision('c', 'b'), revision('a'), revision('b', 'a')];
/** a, then b and c beside each other, merged by d. */
const merged: Graph = [revision('a'), revision('b', 'a'), revision('c', 'a'), revision('d', 'b', 'c')];
const branched: Graph = merged.filter(({ id }) => id !== 'd');

test('a line has one head, branches have several, a merge has one', () => {
  expect(headsOf(line)).toEqual(['c']);
  expect(headsOf(branched)).toEqual(['b', 'c']);
  expect(headsOf(merged)).toEqual(['d']);
  expect(headsOf([])).toEqual([]);
});

test('what is pending comes in the order in which it must be applied', () => {
  expect(pendingAfter(line, []).map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(pendingAfter(line, ['b']).map(({ id }) => id)).toEqual(['c']);
  expect(pendingAfter(merged, ['b']).map(({ id }) => id)).toEqual(['c', 'd']);
  expect(pendingAfter(line, ['c'])).toEqual([]);
});

test('a graph that goes in a circle ends', () => {
  expect(pendingAfter([revision('a', 'b'), revision('b', 'a')], [])).toHaveLength(2);
  expect([...appliedWith([revision('a', 'b'), revision('b', 'a')], ['a'])]).toEqual(['a', 'b']);
});

test('a list of all that is applied comes down to the newest', () => {
  expect(newestOf(line, ['a', 'b', 'c'])).toEqual(['c']);
  expect(newestOf(merged, ['a', 'b', 'c'])).toEqual(['b', 'c']);
  expect(newestOf(line, ['a', 'lost'])).toEqual(['a', 'lost']);
});

describe('how what the database has stands to what is wanted', () => {
  test.each([
    ['the same', line, ['b'], ['b'], 'same'],
    ['the same in another order', branched, ['c', 'b'], ['b', 'c'], 'same'],
    ['later: there is a way down', line, ['c'], ['a'], 'after'],
    ['earlier: there is a way up', line, ['a'], ['c'], 'before'],
    ['nothing applied yet', line, [], ['c'], 'before'],
    ['down to nothing', line, ['c'], [], 'after'],
    ['in another branch', branched, ['b'], ['c'], 'apart'],
    ['after a merge', merged, ['d'], ['b', 'c'], 'after'],
    ['half of a merge', merged, ['b'], ['d'], 'before'],
    ['a revision whose file is missing', line, ['lost'], ['a'], 'unknown'],
    ['the same one, whose file is missing', line, ['lost'], ['lost'], 'same'],
  ] as const)('%s', (_what, graph, current, wanted, relation) => {
    expect(relationOf(graph, current, wanted)).toBe(relation);
  });
});
