import { describe, expect, test } from 'vitest';
import { assess } from '../../src/corruption/assess.ts';
import type { Examination, IndexTrouble, TableTrouble } from '../../src/corruption/examination.ts';

const well: Examination = {
  exists: true,
  unreachable: null,
  catalog: [],
  tables: [],
  looked: { tables: 5, indexes: 9, constraints: 7 },
  checksums: { on: false, failures: 0 },
  unseen: [],
};

const table = (change: Partial<TableTrouble> = {}): TableTrouble => ({
  schema: 'public',
  name: 'cards',
  kind: 'table',
  fileMissing: false,
  readError: null,
  complaints: [],
  badRows: [],
  lostBlocks: 0,
  indexes: [],
  constraints: [],
  ...change,
});

const index = (change: Partial<IndexTrouble> = {}): IndexTrouble => ({
  schema: 'public',
  name: 'cards_pkey',
  error: null,
  valid: true,
  duplicates: 0,
  surplus: 0,
  system: false,
  exclusion: false,
  ...change,
});

const found = (...tables: TableTrouble[]) => assess({ ...well, tables });

test('nothing found is nothing to do', () => {
  expect(found()).toMatchObject({ remedy: 'none', judgements: [], damaged: [], inconsistent: false });
});

describe('is restored:', () => {
  test.each([
    ['a database that is not there', { exists: false }, 'the database', 'unreadable'],
    ['one that lets nobody in', { unreachable: 'invalid page in block 0' }, 'the database', 'unreadable'],
    [
      'catalogs that contradict each other',
      { catalog: ['cards has 5 columns in pg_class and 4 in pg_attribute'] },
      'the system catalogs',
      'catalog',
    ],
    [
      'a catalog’s page',
      { tables: [table({ schema: 'pg_catalog', name: 'pg_proc', kind: 'catalog', readError: 'invalid page' })] },
      'pg_catalog.pg_proc',
      'catalog',
    ],
    [
      'a table whose file is gone',
      { tables: [table({ fileMissing: true, readError: 'could not open file' })] },
      'public.cards',
      'file missing',
    ],
    [
      'a table that can’t be read to its end',
      { tables: [table({ readError: 'invalid page in block 3' })] },
      'public.cards',
      'partly readable',
    ],
    [
      'a table that amcheck complains of',
      { tables: [table({ complaints: ['page 3: xmin is in the future'] })] },
      'public.cards',
      'partly readable',
    ],
    ['a table that has lost pages in silence', { tables: [table({ lostBlocks: 2 })] }, 'public.cards', 'partly readable'],
  ] as const)('%s', (_what, change, object, verdict) => {
    const result = assess({ ...well, ...change } as Examination);
    expect(result.remedy).toBe('restore');
    expect(result.judgements).toEqual([expect.objectContaining({ object, verdict })]);
    expect(result.why).toContain(`${object} cannot be made whole from what is there (${verdict}: `);
  });

  test('all, when only one of many things needs it; its own indexes are not repaired before', () => {
    const result = found(
      table({ readError: 'invalid page', indexes: [index({ error: 'heap tuple lacks index tuple' })] }),
      table({ name: 'users', indexes: [index({ name: 'users_pkey', error: 'broken' })] }),
    );
    expect(result.remedy).toBe('restore');
    expect(result.damaged).toEqual(['public.cards']);
    expect(result.repairs.reindex.map(({ name }) => name)).toEqual(['users_pkey']);
  });
});

describe('is repaired in place:', () => {
  test('a broken index, beside the old one', () => {
    expect(found(table({ indexes: [index({ error: 'item order invariant violated' })] }))).toMatchObject({
      remedy: 'repair',
      judgements: [
        {
          object: 'public.cards_pkey on public.cards',
          verdict: 'index only',
          remedy: expect.stringContaining('while the application works'),
        },
      ],
      repairs: { reindex: [{ schema: 'public', name: 'cards_pkey', table: 'public.cards', concurrently: true }] },
    });
  });

  test.each([
    ['a catalog’s', { system: true }],
    ['that of an exclusion constraint', { exclusion: true }],
  ])('%s index, under a lock', (_what, change) => {
    const { remedy, repairs } = found(table({ indexes: [index({ error: 'broken', ...change })] }));
    expect([remedy, repairs.reindex[0]?.concurrently]).toEqual(['repair', false]);
  });

  test('an index that CREATE INDEX CONCURRENTLY left invalid', () => {
    expect(found(table({ indexes: [index({ valid: false })] })).judgements[0]).toMatchObject({
      verdict: 'index only',
      why: 'it was left invalid',
    });
  });

  test('a unique index over equal rows: they go to the quarantine, and it is not built anew before', () => {
    expect(found(table({ indexes: [index({ error: 'out of order', duplicates: 2, surplus: 3 })] }))).toMatchObject({
      remedy: 'repair',
      judgements: [{ verdict: 'duplicates', why: '3 rows are too many in 2 groups; out of order' }],
      repairs: { quarantine: [{ schema: 'public', table: 'cards', index: 'cards_pkey', surplus: 3 }], reindex: [] },
    });
  });

  test('a materialized view, which is only derived', () => {
    const { remedy, repairs, damaged } = found(table({ kind: 'materialized view', fileMissing: true }));
    expect([remedy, repairs.refresh, damaged]).toEqual(['repair', [{ schema: 'public', name: 'cards' }], []]);
  });

  test('a constraint that was never validated and that no row breaks', () => {
    const constraint = { name: 'ck', kind: 'check', violations: 0, validated: false, error: null } as const;
    expect(found(table({ constraints: [constraint] }))).toMatchObject({
      remedy: 'repair',
      repairs: { validate: [{ constraint: 'ck' }] },
    });
  });
});

test('rows that break a constraint are told, and nothing is decided about them', () => {
  const constraint = { name: 'fk', kind: 'foreign key', violations: 4, validated: true, error: null } as const;
  expect(found(table({ constraints: [constraint] }))).toMatchObject({
    remedy: 'none',
    inconsistent: true,
    judgements: [{ object: 'foreign key fk of public.cards', verdict: 'inconsistent', why: '4 rows break it' }],
  });
});
