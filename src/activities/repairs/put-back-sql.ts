/** The statements that put rows back as they were. Pure. */
import { identifier } from '../postgres/server.ts';
import type { KeptRepair } from './quarantine.ts';
import { quarantine } from './repair-sql.ts';
import { type Reference, type TableShape, tableName } from './table-shape.ts';

/** The columns of a kept row and those of the table now. */
export interface Fit {
  /** Columns that both have and that can be written. */
  readonly columns: readonly string[];
  /** Columns that the kept rows have and the table has not any more: their values stay in the quarantine. */
  readonly gone: readonly string[];
}

/** @returns how kept rows fit the table as it is now. */
export function fitTo(kept: Pick<KeptRepair, 'columns'>, shape: Pick<TableShape, 'columns'>): Fit {
  const now = new Map(shape.columns.map((column) => [column.name, column]));
  return {
    columns: kept.columns.filter((name) => now.get(name)?.generated === false),
    gone: kept.columns.filter((name) => !now.has(name)),
  };
}

const shapeType = 'pg_temp.kintsugi_kept';

/** @returns the statement that makes, for the session, the row type that the kept rows were written with. */
export function shapeSql({ columns, types }: Pick<KeptRepair, 'columns' | 'types'>): string {
  const fields = columns.map((name, at) => `${identifier(name)} ${types[at] ?? 'text'}`);
  return `DROP TYPE IF EXISTS ${shapeType}; CREATE TYPE ${shapeType} AS (${fields.join(', ')})`;
}

const same = (key: readonly string[], row: string) =>
  key.map((name) => `t.${identifier(name)} = (${row}).${identifier(name)}`).join(' AND ');
const asText = (names: readonly string[], of: string) =>
  `ROW(${names.map((name) => `${of}.${identifier(name)}`).join(', ')})::text`;

/** What the row names must be there, where it names something. */
function named({ schema, table, columns }: Reference, row: string): string {
  const own = columns.map(([from]) => `(${row}).${identifier(from)}`);
  const equal = columns.map(([, to], at) => `parent.${identifier(to)} = ${own[at]}`);
  const nothing = own.map((column) => `${column} IS NULL`).join(' OR ');
  return `(${nothing} OR EXISTS (SELECT FROM ${tableName({ schema, name: table })} AS parent WHERE ${equal.join(' AND ')}))`;
}

const kept = (which: string) => `chosen AS MATERIALIZED (
  SELECT position, key, was::${shapeType} AS old, became::${shapeType} AS new
    FROM ${quarantine}.rows WHERE repair = $1 AND position > $2 AND position <= $3 AND NOT put_back AND became IS ${which}
)`;

// IS TRUE keeps it a look-up in a hash: the planner knows nothing of these rows, and would compare each with each.
const marked = (column: 'position' | 'key') => `UPDATE ${quarantine}.rows AS q SET put_back = true
  WHERE q.repair = $1 AND q.position > $2 AND q.position <= $3 AND (q.${column} IN (SELECT ${column} FROM done)) IS TRUE RETURNING 1`;

/**
 * Puts back what a batch changed: $1 number of the repair, $2 and $3 the positions before its first and of its last row.
 *
 * @param overwrite also rows that were written since. @returns a statement that answers `done`, a count.
 */
export function putBackChangedSql(shape: TableShape, { columns }: Fit, overwrite: boolean): string {
  const values = columns.map((name) => `${identifier(name)} = (mine.old).${identifier(name)}`);
  const untouched = overwrite ? 'true' : `${asText(columns, 't')} = ${asText(columns, '(c.new)')}`;
  const parents = shape.references.map((reference) => ` AND ${named(reference, 'c.old')}`).join('');
  return `WITH ${kept('NOT NULL')}, mine AS MATERIALIZED (
  SELECT c.position, c.old FROM chosen AS c JOIN ${tableName(shape)} AS t ON ${same(shape.key, 'c.old')}
   WHERE ${untouched}${parents} FOR UPDATE OF t
), done AS (
  UPDATE ${tableName(shape)} AS t SET ${values.join(', ')} FROM mine WHERE ${same(shape.key, 'mine.old')} RETURNING mine.position
), marked AS (${marked('position')})
SELECT count(*) AS done FROM marked`;
}

/** Puts back what a batch deleted, with its key; parameters and answer as in `putBackChangedSql`. */
export function putBackDeletedSql(shape: TableShape, { columns }: Fit): string {
  const names = columns.map((name) => identifier(name)).join(', ');
  const values = columns.map((name) => `(c.old).${identifier(name)}`).join(', ');
  const parents = shape.references.map((reference) => ` AND ${named(reference, 'c.old')}`).join('');
  return `WITH ${kept('NULL')}, done AS (
  INSERT INTO ${tableName(shape)} AS t (${names}) OVERRIDING SYSTEM VALUE
  SELECT ${values} FROM chosen AS c WHERE NOT EXISTS (SELECT FROM ${tableName(shape)} AS t WHERE ${same(shape.key, 'c.old')})${parents}
  RETURNING ${asText(shape.key, 't')} AS key
), marked AS (${marked('key')})
SELECT count(*) AS done FROM marked`;
}

/**
 * Looks, for each row of a table that a run touched, whether it is still as the run left it. $1: numbers of the repairs.
 *
 * @returns a query of `key` and `why` of the rows that are not, and with `all` the number of all such rows in each line.
 */
export function changedSinceSql(shape: TableShape, { columns }: Fit, limit: number): string {
  return `WITH last AS MATERIALIZED (
  SELECT DISTINCT ON (key) key, was::${shapeType} AS old, became::${shapeType} AS new, became IS NULL AS deleted
    FROM ${quarantine}.rows WHERE repair = ANY($1) AND NOT put_back ORDER BY key, repair DESC
), looked AS (
  SELECT last.key, CASE
      WHEN last.deleted AND t.tableoid IS NOT NULL THEN 'a row with its key is there again'
      WHEN NOT last.deleted AND t.tableoid IS NULL THEN 'deleted since'
      WHEN NOT last.deleted AND ${asText(columns, 't')} <> ${asText(columns, '(last.new)')} THEN 'changed since'
    END AS why
  FROM last LEFT JOIN ${tableName(shape)} AS t ON ${same(shape.key, 'last.old')}
)
SELECT key, why, count(*) OVER () AS "all" FROM looked WHERE why IS NOT NULL ORDER BY key LIMIT ${limit}`;
}
