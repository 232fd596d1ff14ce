import type pg from 'pg';
import type { RequiredObject } from '../../plan/repairs.ts';
import { identifier } from '../postgres/server.ts';

/** missing; disabled: a trigger that does not fire; invalid: an index that is not used, a constraint that was never validated. */
export type ObjectState = 'well' | 'missing' | 'disabled' | 'invalid';

/** @returns the name of the object's table, quoted, as the plan says it. */
export function tableOf({ schema, table }: RequiredObject): string {
  const name = identifier(table ?? '');
  return schema === undefined ? name : `${identifier(schema)}.${name}`;
}

/** @returns an object for people: `trigger calculate_timer_card_hours on timer_cards`. */
export function describeObject({ kind, name, table }: RequiredObject): string {
  const words = kind === 'unique' ? 'unique constraint' : kind;
  return `${words} ${name}${table === undefined ? '' : ` on ${table}`}`;
}

const byKind: Record<RequiredObject['kind'], string> = {
  function: `SELECT 'well' AS state FROM pg_proc p WHERE proname = $2
    AND CASE WHEN $3::text IS NULL THEN pg_function_is_visible(p.oid) ELSE pronamespace = to_regnamespace(quote_ident($3)) END`,
  trigger: `SELECT CASE tgenabled WHEN 'D' THEN 'disabled' ELSE 'well' END AS state FROM pg_trigger
    WHERE tgname = $2 AND tgrelid = to_regclass($1) AND NOT tgisinternal AND $3::text IS NULL IS NOT NULL`,
  index: `SELECT CASE WHEN indisvalid AND indisready THEN 'well' ELSE 'invalid' END AS state FROM pg_index
    JOIN pg_class i ON i.oid = indexrelid WHERE i.relname = $2 AND indrelid = to_regclass($1) AND $3::text IS NULL IS NOT NULL`,
  unique: `SELECT 'well' AS state FROM pg_constraint WHERE conname = $2 AND conrelid = to_regclass($1) AND contype IN ('u', 'p') AND $3::text IS NULL IS NOT NULL`,
  constraint: `SELECT CASE WHEN convalidated THEN 'well' ELSE 'invalid' END AS state FROM pg_constraint
    WHERE conname = $2 AND conrelid = to_regclass($1) AND $3::text IS NULL IS NOT NULL`,
};

/** @returns in what state an object is that the plan requires. */
export async function stateOfObject(client: pg.Client, object: RequiredObject): Promise<ObjectState> {
  const table = object.table === undefined ? '' : tableOf(object);
  // The same three parameters for all kinds; each has to be spoken of once, or PostgreSQL does not know its type.
  const { rows } = await client.query<{ state: ObjectState }>(
    `SELECT state FROM (${byKind[object.kind]}) AS found WHERE $1::text IS NOT NULL LIMIT 1`,
    [table, object.name, object.schema ?? null],
  );
  return rows[0]?.state ?? 'missing';
}
