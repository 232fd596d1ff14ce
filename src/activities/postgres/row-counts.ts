import type pg from 'pg';
import { identifier, type ServerAccess, withClient } from './server.ts';

export interface TableCount {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'materialized view';
  readonly rows: number;
  readonly bytes: number;
  /** Order-independent hash over whole rows; missing unless asked for. */
  readonly fingerprint?: string;
}

interface Table {
  readonly schema: string;
  readonly name: string;
  readonly kind: TableCount['kind'];
  readonly bytes: number;
}

export interface CountOptions {
  readonly jobs: number;
  readonly fingerprints: boolean;
  /** A snapshot exported by another session, so that all counts and the dump see the same instant. */
  readonly snapshot?: string;
  readonly onTable?: (done: number, of: number) => void;
}

/**
 * Counts the rows of every table that holds rows of its own: tables, partitions, populated materialized views. Parents of
 * partitions hold none, foreign tables are elsewhere. The biggest come first, over several connections.
 *
 * @returns the counts by schema and name.
 */
export async function countRows(access: ServerAccess, database: string, options: CountOptions): Promise<TableCount[]> {
  const tables = await withClient(access, database, listTables);
  const queue = tables.toSorted((a, b) => b.bytes - a.bytes);
  const counts: TableCount[] = [];
  const work = async (client: pg.Client): Promise<void> => {
    await begin(client, options.snapshot);
    for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
      counts.push(await count(client, table, options.fingerprints));
      options.onTable?.(counts.length, tables.length);
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, options.jobs) }, () => withClient(access, database, work)));
  return counts.toSorted((a, b) => key(a).localeCompare(key(b)));
}

async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<{ schema: string; name: string; kind: TableCount['kind']; bytes: string }>(
    `SELECT n.nspname AS schema, c.relname AS name, CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind, pg_table_size(c.oid) AS bytes
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')`,
  );
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

/** One snapshot, and settings under which a row has one text only. */
async function begin(client: pg.Client, snapshot: string | undefined): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  if (snapshot !== undefined) await client.query(`SET TRANSACTION SNAPSHOT '${snapshot.replace(/[^0-9A-F-]/gi, '')}'`);
  await client.query(
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL row_security = off; SET LOCAL statement_timeout = 0",
  );
}

async function count(client: pg.Client, table: Table, fingerprint: boolean): Promise<TableCount> {
  const name = `ONLY ${identifier(table.schema)}.${identifier(table.name)}`;
  if (!fingerprint) {
    const { rows } = await client.query<{ rows: string }>(`SELECT count(*) AS rows FROM ${name}`);
    return { ...table, rows: Number(rows[0]?.rows) };
  }
  // A sum does not depend on the order of the rows; two seeds make a collision as unlikely as with 128 bits.
  const { rows } = await client.query<{ rows: string; sum: string }>(
    `SELECT count(*) AS rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) || '/' || coalesce(sum(hashtextextended(t::text, 1)::numeric), 0) AS sum FROM ${name} t`,
  );
  return { ...table, rows: Number(rows[0]?.rows), fingerprint: rows[0]?.sum ?? '' };
}

function key(table: { schema: string; name: string }): string {
  return `${table.schema}.${table.name}`;
}
