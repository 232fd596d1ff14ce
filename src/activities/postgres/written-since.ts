import type pg from 'pg';
import { identifier } from './server.ts';

/** What was written to a table since an instant, as well as the database itself can tell. */
export interface Written {
  /** `public.timer_cards` */
  readonly table: string;
  /** Rows that say by a time of their own that they were made, or changed, since; null: the table keeps no such times. */
  readonly made: number | null;
  readonly changed: number | null;
  /** What the server's statistics have counted since `statisticsSince`. */
  readonly inserted: number;
  readonly updated: number;
  readonly deleted: number;
  /** A query that shows the rows; null where there is none to ask by. */
  readonly query: string | null;
}

export interface WrittenSince {
  readonly tables: readonly Written[];
  /** Since when the server counts, ISO 8601; null: since the database was made. */
  readonly statisticsSince: string | null;
}

interface TimedTable {
  readonly schema: string;
  readonly name: string;
  readonly made: string[];
  readonly changed: string[];
  readonly inserted: string;
  readonly updated: string;
  readonly deleted: string;
}

// Columns that keep when a row was made or changed: by their name, or by a default that is the time of the insert.
const tablesSql = `
SELECT n.nspname AS schema, c.relname AS name,
       coalesce(array_agg(a.attname::text) FILTER (WHERE a.attname ~* '(creat|insert|added)' OR pg_get_expr(d.adbin, d.adrelid) ~* '(now\\(\\)|current_timestamp)'), '{}') AS made,
       coalesce(array_agg(a.attname::text) FILTER (WHERE a.attname ~* '(updat|modif|chang)'), '{}') AS changed,
       coalesce(s.n_tup_ins, 0) AS inserted, coalesce(s.n_tup_upd, 0) AS updated, coalesce(s.n_tup_del, 0) AS deleted
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype)
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
 WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 GROUP BY n.nspname, c.relname, s.n_tup_ins, s.n_tup_upd, s.n_tup_del ORDER BY 1, 2`;

/**
 * Counts what was written to every table since an instant: by the times that rows keep of themselves, and by the statistics of the
 * server. Rows without a time that were deleted or changed since can't be told.
 *
 * @param since ISO 8601.
 */
export async function writtenSince(client: pg.Client, since: string): Promise<WrittenSince> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query('SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL row_security = off');
  const reset = await client.query<{ since: Date | null }>(
    'SELECT stats_reset AS since FROM pg_stat_database WHERE datname = current_database()',
  );
  const { rows } = await client.query<TimedTable>(tablesSql);
  const tables: Written[] = [];
  for (const table of rows) tables.push(await countOne(client, table, since));
  await client.query('COMMIT');
  return {
    tables: tables.filter(
      ({ made, changed, inserted, updated, deleted }) => (made ?? 0) + (changed ?? 0) + inserted + updated + deleted > 0,
    ),
    statisticsSince: reset.rows[0]?.since?.toISOString() ?? null,
  };
}

async function countOne(client: pg.Client, table: TimedTable, since: string): Promise<Written> {
  const full = `${table.schema}.${table.name}`;
  const statistics = {
    inserted: Number(table.inserted),
    updated: Number(table.updated),
    deleted: Number(table.deleted),
  };
  const later = (columns: readonly string[]) =>
    columns.length === 0
      ? 'false'
      : columns.map((column) => `coalesce(${identifier(column)}::timestamptz > $1, false)`).join(' OR ');
  const only = table.changed.filter((column) => !table.made.includes(column));
  if (table.made.length + only.length === 0) return { table: full, made: null, changed: null, ...statistics, query: null };
  const name = `${identifier(table.schema)}.${identifier(table.name)}`;
  const { rows } = await client.query<{ made: string; changed: string }>(
    `SELECT count(*) FILTER (WHERE ${later(table.made)}) AS made,
            count(*) FILTER (WHERE NOT (${later(table.made)}) AND (${later(only)})) AS changed FROM ONLY ${name} WHERE $1::timestamptz IS NOT NULL`,
    [since],
  );
  const wanted = [...table.made, ...only].map((column) => `${identifier(column)} > '${since}'`).join(' OR ');
  return {
    table: full,
    made: table.made.length === 0 ? null : Number(rows[0]?.made),
    changed: only.length === 0 ? null : Number(rows[0]?.changed),
    ...statistics,
    query: `SELECT * FROM ONLY ${name} WHERE ${wanted}`,
  };
}
