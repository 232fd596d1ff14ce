import { expect, test } from 'vitest';
import { rulesOf } from '../../../src/plan/rules.ts';
import { planSchema } from '../../../src/plan/schema.ts';
import { checkedThings, incidentsOf, type Looked } from '../../../src/workflows/check-says.ts';

const plan = planSchema.parse({
  version: 1,
  stack: { project: 'shop' },
  database: { name: 'shop', user: 'me' },
  repairs: { packs: ['timer-cards'] },
  checks: [{ name: 'stock', sql: 'SELECT 1', expect: { equals: 1 }, severity: 'P4' }],
});
const found = (name: string, count: number) => {
  const rule = rulesOf(plan.repairs).find((each) => each.name === name);
  if (rule === undefined) throw new RangeError(name);
  return { rule, count, table: 'public.timer_cards', of: 100, columns: [], samples: [], beyond: null };
};
const looked: Looked = {
  rules: [found('duplicates', 3), found('factory mismatch', 0), found('break longer than the shift', 1)],
  problem: null,
  values: [{ name: 'stock', passed: false, text: 'found 2' }],
  catalog: { invalid: ['index a is not valid'], missing: [], comparedWith: null, checksumFailures: null, rows: {} },
  relations: {
    read: ['a'],
    damaged: [
      ['public.a', 'block 0'],
      ['public.a', 'block 1'],
    ],
    left: [],
    of: 2,
    why: null,
  },
};

test('what is found names the command that repairs it; what has no repair, the one that shows it', () => {
  const commands = Object.fromEntries(
    checkedThings(looked, plan).map(({ name, found: count, command }) => [name, [count, command]]),
  );
  expect(commands).toMatchObject({
    duplicates: [3, 'kintsugi recover repair --only duplicates'],
    'factory mismatch': [0, null],
    'break longer than the shift': [1, 'kintsugi recover repair --dry-run'],
    'tables and indexes (amcheck)': [1, 'kintsugi recover restore --dry-run'],
  });
});

test('a name with spaces is quoted in the command', () => {
  const [thing] = checkedThings({ ...looked, rules: [found('missing hours', 1)] }, plan);
  expect(thing?.command).toBe('kintsugi recover repair --only "missing hours"');
});

test('one incident for each severity, the worst first, with what was found and the commands', () => {
  const incidents = incidentsOf(checkedThings(looked, plan), 'shop');
  expect(incidents.map(({ severity, problem }) => [severity, problem])).toEqual([
    ['P1', 'integrity of database shop: tables and indexes (amcheck) (1)'],
    ['P2', 'integrity of database shop: duplicates (3)'],
    ['P3', 'integrity of database shop: break longer than the shift (1), invalid indexes, constraints and triggers (1)'],
    ['P4', 'integrity of database shop: stock (1)'],
  ]);
  expect(incidents[1]?.impact).toContain('kintsugi recover repair --only duplicates');
});
