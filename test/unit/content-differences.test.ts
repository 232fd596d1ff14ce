import { describe, expect, test } from 'vitest';
import { tableDifferences } from '../../src/activities/postgres/content-differences.ts';

const table = { schema: 'public', name: 't', kind: 'table', rows: 3, bytes: 8192, fingerprint: '1/2' } as const;
const view = { ...table, name: 'm', kind: 'materialized view' } as const;

describe('tableDifferences', () => {
  test('takes other rows of a materialized view for the refresh that they come from', () => {
    const found = tableDifferences([table, view], [table, { ...view, rows: 4, fingerprint: '3/4' }]);
    expect(found).toEqual({ differences: [], refreshed: ['public.m'] });
  });

  test('a materialized view that was filled must be so', () => {
    expect(tableDifferences([view], []).differences).toEqual(['missing: rows of the materialized view public.m']);
  });

  test('tells a.b in public from b in public.a', () => {
    const one = { ...table, schema: 'public', name: 'a.b' };
    const other = { ...table, schema: 'public.a', name: 'b', rows: 5 };
    expect(tableDifferences([one, other], [one, other]).differences).toEqual([]);
  });
});
