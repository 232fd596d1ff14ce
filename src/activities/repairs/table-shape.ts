import type pg from 'pg';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { identifier } from '../postgres/server.ts';

export interface Column {
  readonly name: string;
  /** As format_type says it: `numeric(5,2)`. */
  readonly type: string;
  /** Worked out by PostgreSQL itself: it can't be written. */
  readonly generated: boolean;
}

/** A foreign key, from the table that has it to the one that it names. */
export interface Reference {
  readonly schema: string;
  readonly table: string;
  /** Columns of the table that has it, each with the column that it names. */
  readonly columns: readonly (readonly [from: string, to: string])[];
}

/** What has to be known of a table to repair its rows and to put them back. */
export interface TableShape {
  readonly schema: string;
  readonly name: string;
  readonly key: readonly string[];
  readonly columns: readonly Column[];
  /** What its own foreign keys name: `schema` and `table` are the other table. */
  readonly references: readonly Reference[];
  /** Foreign keys of other tables that name it: `schema` and `table` are the other table. */
  readonly referencedBy: readonly Reference[];
  /** Rows by the statistics of the last vacuum or analyze; null where there are none. */
  readonly estimatedRows: number | null;
}

/** @returns the table's name, quoted, for a statement. */
export function tableName({ schema, name }: Pick<TableShape, 'schema' | 'name'>): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

/**
 * Reads a table's shape from the catalog.
 *
 * @param schema null: by the search path.
 * @throws KintsugiError PLAN_INVALID when there is no such table, or when it has no primary key: rows without one can't be told
 *   apart, so none of them could be put back.
 */
export async function readShape(client: pg.Client, table: string, schema: string | null, rule: string): Promise<TableShape> {
  const shape = await findShape(client, table, schema);
  if (shape === null)
    throw new KintsugiError(
      'PLAN_INVALID',
      `The rule “${rule}” is about the table ${schema === null ? '' : `${schema}.`}${table}, and there is none.`,
      { state: 'Nothing was stopped or changed.', hints: ['correct the rule under repairs of the plan, or name its schema'] },
    );
  if (shape.key.length === 0)
    throw new KintsugiError(
      'PLAN_INVALID',
      `The rule “${rule}” is about the table ${shape.schema}.${shape.name}, which has no primary key: its rows can’t be told apart.`,
      { state: 'Nothing was stopped or changed.', hints: [`ALTER TABLE ${tableName(shape)} ADD PRIMARY KEY (…)`] },
    );
  return shape;
}

/** @returns the shape of a table, whose key is empty where it has none; null when there is no such table. */
export async function findShape(client: pg.Client, table: string, schema: string | null): Promise<TableShape | null> {
  const name = schema === null ? identifier(table) : `${identifier(schema)}.${identifier(table)}`;
  const { rows } = await client.query<Omit<TableShape, 'estimatedRows'> & { estimatedRows: string }>(shapeSql, [name]);
  const [shape] = rows;
  if (shape === undefined) return null;
  const estimate = Number(shape.estimatedRows);
  return { ...shape, estimatedRows: estimate < 0 ? null : estimate };
}

const columnsOf = (table: string, numbers: string) =>
  `(SELECT json_agg(attname ORDER BY place) FROM unnest(${numbers}) WITH ORDINALITY AS part(number, place)
     JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = part.number)`;

const referencesSql = (own: 'conrelid' | 'confrelid', other: 'conrelid' | 'confrelid') =>
  `(SELECT coalesce(json_agg(json_build_object('schema', o.relnamespace::regnamespace::name, 'table', o.relname, 'columns',
      (SELECT json_agg(json_build_array(child.attname, parent.attname) ORDER BY place)
         FROM unnest(k.conkey, k.confkey) WITH ORDINALITY AS part(from_number, to_number, place)
         JOIN pg_attribute child ON child.attrelid = k.conrelid AND child.attnum = from_number
         JOIN pg_attribute parent ON parent.attrelid = k.confrelid AND parent.attnum = to_number)) ORDER BY k.conname), '[]')
     FROM pg_constraint k JOIN pg_class o ON o.oid = k.${other}
    WHERE k.contype = 'f' AND k.${own} = c.oid AND k.conparentid = 0)`;

const shapeSql = `
SELECT c.relnamespace::regnamespace::name AS schema, c.relname AS name, c.reltuples AS "estimatedRows",
       coalesce(${columnsOf('c.oid', 'pk.conkey')}, '[]') AS key,
       (SELECT json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod), 'generated', attgenerated <> '') ORDER BY attnum)
          FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns,
       ${referencesSql('conrelid', 'confrelid')} AS references,
       ${referencesSql('confrelid', 'conrelid')} AS "referencedBy"
  FROM pg_class c LEFT JOIN pg_constraint pk ON pk.conrelid = c.oid AND pk.contype = 'p'
 WHERE c.oid = to_regclass($1) AND c.relkind IN ('r', 'p')`;
