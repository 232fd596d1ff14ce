import { describe, expect, test } from 'vitest';
import { beyondLimit } from '../../../src/activities/repairs/find.ts';
import { makeStatements, wayBack } from '../../../src/activities/repairs/repair-objects.ts';
import { type RequiredObject, repairs } from '../../../src/plan/repairs.ts';
import { ruleFaults, rulesOf, withNeeded } from '../../../src/plan/rules.ts';

const section = (input: object) => repairs.parse(input);
const order = (input: object) => rulesOf(section(input)).map(({ name }) => name);

describe('the order of repairs', () => {
  test('of the timer cards: duplicates, approvals, factory, hours; what stands against bad rows comes back after them', () => {
    const names = order({ packs: ['timer-cards'] });
    const at = (name: string) => names.indexOf(name);
    expect(
      names.filter((name) => ['duplicates', 'orphaned approvals', 'factory mismatch', 'missing hours'].includes(name)),
    ).toEqual(['duplicates', 'orphaned approvals', 'factory mismatch', 'missing hours']);
    expect(at('one card a day')).toBeGreaterThan(at('duplicates'));
    expect(at('one card a day')).toBeLessThan(at('orphaned approvals'));
    expect(at('functions and triggers')).toBeLessThan(at('missing hours'));
    expect(at('constraints')).toBeGreaterThan(at('missing hours'));
  });

  test('of own rules: each after those that it names, else as written', () => {
    const rule = (name: string, ...after: string[]) => ({ name, table: 't', where: 'true', after });
    expect(order({ rules: [rule('c', 'a'), rule('b'), rule('a')] })).toEqual(['b', 'a', 'c']);
  });
});

test('a rule that is asked for brings those that must be repaired before it', () => {
  const names = withNeeded(rulesOf(section({ packs: ['timer-cards'] })), ['orphaned approvals']).map(({ name }) => name);
  expect(names).toEqual(['duplicates', 'one card a day', 'orphaned approvals']);
});

describe('faults of rules that no single field shows', () => {
  const rule = { name: 'r', table: 't', where: 'true' };
  test.each<[string, object, string, string]>([
    ['the same name twice', { rules: [rule, rule] }, 'repairs.rules.0.name', '“r” is there twice'],
    [
      'the name of a pack’s rule',
      { packs: ['timer-cards'], rules: [{ ...rule, name: 'duplicates' }] },
      'repairs.rules.0.name',
      '“duplicates” is there twice',
    ],
    ['a rule that is not there', { rules: [{ ...rule, after: ['x'] }] }, 'repairs.rules.0.after.0', 'there is no rule “x”'],
    [
      'rules that wait for each other',
      {
        rules: [
          { ...rule, after: ['s'] },
          { ...rule, name: 's', after: ['r'] },
        ],
      },
      'repairs.rules.0.after.0',
      '“s” itself comes after “r”',
    ],
    ['neither where nor find', { rules: [{ name: 'r', table: 't' }] }, 'repairs.rules.0', '“r” needs where or find'],
    ['both', { rules: [{ ...rule, find: 'SELECT 1' }] }, 'repairs.rules.0', '“r” needs where or find, not both'],
    ['still without find', { rules: [{ ...rule, still: 'true' }] }, 'repairs.rules.0.still', 'goes with find only'],
    ['an empty set', { rules: [{ ...rule, repair: { set: {} } }] }, 'repairs.rules.0.repair.set', 'sets nothing'],
    [
      'a kept column that is set',
      { rules: [{ ...rule, repair: { set: { a: '1' } }, keeps: ['a'] }] },
      'repairs.rules.0.repair.set.a',
      '“a” is under keeps, too',
    ],
    ['keeps without a repair', { rules: [{ ...rule, keeps: ['a'] }] }, 'repairs.rules.0.keeps', 'means nothing without a repair'],
    [
      'a trigger on no table',
      { objects: [{ name: 'o', objects: [{ kind: 'trigger', name: 'x' }] }] },
      'repairs.objects.0.objects.0',
      'the trigger “x” needs its table',
    ],
    [
      'a function on a table',
      { objects: [{ name: 'o', objects: [{ kind: 'function', name: 'x', table: 't' }] }] },
      'repairs.objects.0.objects.0',
      'the function “x” is on no table',
    ],
  ])('%s', (_what, input, path, message) => {
    const found = ruleFaults(section(input)).map((fault) => [fault.path.join('.'), fault.message]);
    expect(found).toContainEqual([path, message]);
  });

  test('the pack itself has none', () => {
    expect(ruleFaults(section({ packs: ['timer-cards'] }))).toEqual([]);
  });
});

describe('a person is asked beyond the limits', () => {
  test.each([
    [10, 1000, null],
    [11, 1000, 'r: 11 rows, more than 10'],
    [6, 100, 'r: 6.0 % of the table, more than 5 %'],
    [0, 0, null],
    // More rows than the statistics know of: they are old.
    [4, 1, 'r: 100.0 % of the table, more than 5 %'],
  ])('%d of %d rows', (count, of, expected) => {
    expect(beyondLimit('r', count, of, { rows: 10, percent: 5 })).toBe(expected);
  });
});

describe('objects of the schema', () => {
  const object = (more: Partial<RequiredObject>): RequiredObject => ({
    kind: 'index',
    name: 'the "index"',
    table: 'テーブル',
    ...more,
  });

  test('an index is built beside the application, anew where an attempt broke off', () => {
    expect(makeStatements(object({ definition: 'USING btree (a)' }), 'invalid')).toEqual([
      ['DROP INDEX CONCURRENTLY IF EXISTS "the ""index"""'],
      ['CREATE INDEX CONCURRENTLY "the ""index""" ON "テーブル" USING btree (a)'],
    ]);
  });

  test('a constraint holds for new rows first, and is validated then', () => {
    const check = object({ kind: 'constraint', name: 'c', schema: 's', definition: 'CHECK (a > 0)' });
    expect(makeStatements(check, 'missing')).toEqual([
      ['ALTER TABLE "s"."テーブル" ADD CONSTRAINT "c" CHECK (a > 0) NOT VALID'],
      ['ALTER TABLE "s"."テーブル" VALIDATE CONSTRAINT "c"'],
    ]);
    expect(makeStatements(check, 'invalid')).toHaveLength(1);
    expect(wayBack(check, 'missing').makeAgain).toBeNull();
    expect(wayBack(check, 'invalid').makeAgain).toBe('ALTER TABLE "s"."テーブル" ADD CONSTRAINT "c" CHECK (a > 0) NOT VALID');
  });

  test('a trigger that was only disabled is disabled again by the way back', () => {
    const trigger = object({ kind: 'trigger', name: 't', definition: 'CREATE TRIGGER …' });
    expect(makeStatements(trigger, 'disabled')).toEqual([['ALTER TABLE "テーブル" ENABLE TRIGGER "t"']]);
    expect(wayBack(trigger, 'disabled').takeBack).toBe('ALTER TABLE "テーブル" DISABLE TRIGGER "t"');
    expect(wayBack(trigger, 'missing').takeBack).toBe('DROP TRIGGER IF EXISTS "t" ON "テーブル"');
  });
});
