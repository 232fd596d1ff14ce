import type pg from 'pg';
import type { ConstraintTrouble } from '../../corruption/examination.ts';
import { attempt } from './attempt.ts';
import type { Relation } from './relations.ts';

interface Constraint {
  readonly table: number;
  /** OID of the table that a foreign key refers to; 0 of others. */
  readonly parent: number;
  readonly name: string;
  readonly kind: ConstraintTrouble['kind'];
  readonly validated: boolean;
  /** What a row of the table that breaks it fulfils; `t` is the row. */
  readonly broken: string;
}

// Of partitions those of their own; NOT NULL by num_nulls, which the planner does not take for granted.
const constraintsSql = `
SELECT c.conrelid::int8::text AS table, c.confrelid::int8::text AS parent, c.conname AS name, c.convalidated AS validated,
       CASE c.contype WHEN 'c' THEN 'check' ELSE 'foreign key' END AS kind,
       CASE c.contype WHEN 'c' THEN 'NOT (' || pg_get_expr(c.conbin, c.conrelid) || ')'
       ELSE format('%s AND NOT EXISTS (SELECT FROM %s AS p WHERE %s)',
              (SELECT string_agg(format('t.%I IS NOT NULL', a.attname), ' AND ') FROM unnest(c.conkey) AS k JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k),
              c.confrelid::regclass,
              (SELECT string_agg(format('p.%I = t.%I', f.attname, a.attname), ' AND ')
                 FROM unnest(c.conkey, c.confkey) AS k(here, there)
                 JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.here JOIN pg_attribute f ON f.attrelid = c.confrelid AND f.attnum = k.there)) END AS broken
  FROM pg_constraint c JOIN pg_class r ON r.oid = c.conrelid AND r.relkind = 'r'
 WHERE c.contype IN ('c', 'f')
UNION ALL
SELECT a.attrelid::int8::text, '0', string_agg(a.attname, ', ' ORDER BY a.attnum), true, 'not null',
       format('num_nulls(%s) > 0', string_agg(format('t.%I', a.attname), ', ' ORDER BY a.attnum))
  FROM pg_attribute a JOIN pg_class r ON r.oid = a.attrelid AND r.relkind = 'r'
 WHERE a.attnotnull AND a.attnum > 0 AND NOT a.attisdropped GROUP BY a.attrelid
ORDER BY 1, 3`;

/** @returns every constraint that rows can be compared with: CHECK, foreign keys, NOT NULL; unique ones are a matter of their index. */
export async function readConstraints(client: pg.Client): Promise<Constraint[]> {
  const { rows } = await client.query<Omit<Constraint, 'table' | 'parent'> & Record<'table' | 'parent', string>>(constraintsSql);
  return rows.map((row) => ({ ...row, table: Number(row.table), parent: Number(row.parent) }));
}

/** Compares the rows of a table with a constraint, without any index. @returns null where all is well. */
export async function checkConstraint(
  client: pg.Client,
  { quoted }: Pick<Relation, 'quoted'>,
  { name, kind, validated, broken }: Constraint,
): Promise<ConstraintTrouble | null> {
  const counted = await attempt(client, async () => {
    const { rows } = await client.query<{ count: string }>(`SELECT count(*) FROM ONLY ${quoted} AS t WHERE ${broken}`);
    return Number(rows[0]?.count);
  });
  const violations = counted.value ?? 0;
  if (violations === 0 && counted.error === null && validated) return null;
  return { name, kind, violations, validated, error: counted.error };
}
