import { describe, expect, test } from 'vitest';
import { fitTo, putBackChangedSql, putBackDeletedSql, shapeSql } from '../../../src/activities/repairs/put-back-sql.ts';
import {
  againSql,
  collectSql,
  countSql,
  foundSql,
  foundTable,
  repairSql,
  unchangedSql,
} from '../../../src/activities/repairs/repair-sql.ts';
import type { TableShape } from '../../../src/activities/repairs/table-shape.ts';
import { type RowRule, repairs } from '../../../src/plan/repairs.ts';

const column = (name: string, type = 'integer', generated = false) => ({ name, type, generated });

/** A table as people name theirs: a schema with a dash, quotes in the name, Japanese columns, a key of two columns. */
const shape: TableShape = {
  schema: 'スキーマ-1',
  name: 'the "cards"',
  key: ['番号', 'part'],
  columns: [column('番号'), column('part'), column('note"s', 'text'), column('sum', 'integer', true)],
  references: [{ schema: 'public', table: 'parents', columns: [['note"s', 'id']] }],
  referencedBy: [
    {
      schema: 'public',
      table: 'chil"dren',
      columns: [
        ['a', '番号'],
        ['b', 'part'],
      ],
    },
  ],
  estimatedRows: 10,
};
const table = '"スキーマ-1"."the ""cards"""';

const rule = (more: object): RowRule => {
  const [parsed] = repairs.parse({ rules: [{ name: 'r', table: 'x', ...more }] }).rules;
  if (parsed === undefined) throw new RangeError('no rule');
  return parsed;
};

/** White space says nothing in SQL. */
const plain = (sql: string) => sql.replace(/\s+/g, ' ').trim();

describe('names are quoted, and every column of the key tells rows apart', () => {
  test('what is found', () => {
    expect(plain(foundSql(rule({ where: 't.part > 1' }), shape))).toBe(
      `SELECT t."番号", t."part" FROM ${table} AS t WHERE (t.part > 1 )`,
    );
    expect(plain(foundSql(rule({ find: 'SELECT 1;  ' }), shape))).toBe(
      'SELECT DISTINCT ON (f."番号", f."part") f.* FROM ( SELECT 1 ) AS f ORDER BY f."番号", f."part"',
    );
  });

  test('samples show the key once', () => {
    const sql = countSql(rule({ where: 'true', show: ['part', 'note"s'] }), shape);
    expect(sql).toContain('ARRAY[t."番号"::text, t."part"::text, t."note""s"::text]');
  });

  test('a change', () => {
    const sql = plain(
      repairSql(rule({ where: 't.part > 1', repair: { set: { 'note"s': "'x'" } }, keeps: ['part'] }), shape, 'q.f'),
    );
    expect(sql).toContain(`UPDATE ${table} AS t SET "note""s" = ('x' ) FROM old WHERE t."番号" = old.k0 AND t."part" = old.k1`);
    expect(sql).toContain('AND found.kintsugi_position <= $2 AND (t.part > 1 ) ), new AS (');
    expect(sql).toContain('ROW(t."part") AS kept');
    expect(sql).toContain('ROW(t."part") *<> old.kept AS broken');
  });

  test('a row that others name is not deleted', () => {
    const sql = plain(repairSql(rule({ where: 'true', repair: 'delete' }), shape, 'q.f'));
    expect(sql).toContain(`DELETE FROM ${table} AS t USING q.f AS found WHERE t."番号" = found."番号"`);
    expect(sql).toContain(
      'AND NOT EXISTS (SELECT FROM "public"."chil""dren" AS other WHERE other."a" = t."番号" AND other."b" = t."part")',
    );
  });

  test('a touch sets a column to itself', () => {
    expect(repairSql(rule({ where: 'true', repair: { retrigger: 'note"s' } }), shape, 'q.f')).toContain(
      'SET "note""s" = t."note""s"',
    );
  });
});

describe('a row is repaired only if it is still wrong', () => {
  test('by the condition that found it', () => {
    expect(plain(repairSql(rule({ where: 'a IS NULL -- why', repair: 'delete' }), shape, 'q.f'))).toContain(
      '(a IS NULL -- why )',
    );
  });

  test('by the condition that is asked again', () => {
    expect(plain(repairSql(rule({ find: 'SELECT 1', still: 'found.x = t.y', repair: 'delete' }), shape, 'q.f'))).toContain(
      '(found.x = t.y )',
    );
  });

  test('else by its version, which is written down with what is found', () => {
    const written = rule({ find: 'SELECT 1', repair: 'delete' });
    expect(repairSql(written, shape, 'q.f')).toContain('t.xmin::text = found.kintsugi_version');
    expect(collectSql(written, shape, foundTable('7'))).toContain('t.xmin::text AS kintsugi_version');
    expect(collectSql(rule({ where: 'true', repair: 'delete' }), shape, foundTable('7'))).not.toContain('xmin');
  });
});

test('what was repaired is known by its key when it is found again', () => {
  expect(againSql(rule({ where: 'true' }), shape)).toContain('q.key = ROW(f."番号", f."part")::text');
});

test('what must not change is asked of the batch alone', () => {
  expect(plain(unchangedSql('SELECT count(*) FROM touched;', 'q.f'))).toBe(
    'WITH touched AS (SELECT * FROM q.f WHERE kintsugi_position > $1 AND kintsugi_position <= $2) SELECT ( SELECT count(*) FROM touched )::text AS value',
  );
});

describe('rows are put back', () => {
  const kept = {
    columns: ['番号', 'part', 'note"s', 'sum', 'old'],
    types: ['integer', 'integer', 'text', 'integer', 'numeric(5,2)'],
  };
  const columns = fitTo(kept, shape);

  test('into the columns that both have and that can be written', () => {
    expect(columns).toEqual({ columns: ['番号', 'part', 'note"s'], gone: ['old'] });
    expect(shapeSql(kept)).toContain('("番号" integer, "part" integer, "note""s" text, "sum" integer, "old" numeric(5,2))');
  });

  test('if nobody wrote them since, unless that is wanted', () => {
    expect(putBackChangedSql(shape, columns, false)).toContain('ROW(t."番号", t."part", t."note""s")::text = ROW((c.new)."番号"');
    expect(putBackChangedSql(shape, columns, true)).not.toContain('(c.new)');
  });

  test('with their key, where it is free and what they name is there', () => {
    const sql = plain(putBackDeletedSql(shape, columns));
    expect(sql).toContain(`INSERT INTO ${table} AS t ("番号", "part", "note""s") OVERRIDING SYSTEM VALUE`);
    expect(sql).toContain(`NOT EXISTS (SELECT FROM ${table} AS t WHERE t."番号" = (c.old)."番号" AND t."part" = (c.old)."part")`);
    expect(sql).toContain('EXISTS (SELECT FROM "public"."parents" AS parent WHERE parent."id" = (c.old)."note""s")');
  });
});
