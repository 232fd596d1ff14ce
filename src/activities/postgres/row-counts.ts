import type pg from 'pg';
import { byText } from '../../catalog/order.ts';
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
  /** Quoted, by name: a restore may bring columns in another order (children that were attached later). */
  readonly columns: readonly string[];
}

export interface CountOptions {
  readonly jobs: number;
  readonly fingerprints: boolean;
  /** A snapshot exported by another session, so that all counts and the dump see the same instant. */
  readonly snapshot?: string;
  readonly onTable?: (done: number, of: number) => void;
  /** Ends the queries that run. */
  readonly signal?: AbortSignal;
}

/**
 * Counts the rows of every table that holds rows of its own: tables, partitions, children without their parents', populated
 * materialized views. Foreign tables are elsewhere. The biggest come first, over several connections.
 *
 * @returns the counts by schema and name. @throws what the signal was aborted with; errors of PostgreSQL as pg throws them.
 */
export async function countRows(access: ServerAccess, database: string, options: CountOptions): Promise<TableCount[]> {
  const tables = await withClient(access, database, async (client) => {
    await begin(client, options.snapshot);
    return listTables(client);
  });
  const queue = tables.toSorted((a, b) => b.bytes - a.bytes);
  const counts: TableCount[] = [];
  const work = async (client: pg.Client): Promise<void> => {
    const release = await cancelOn(options.signal, access, client);
    try {
      await begin(client, options.snapshot);
      for (let table = queue.shift(); table !== undefined; table = queue.shift()) {
        options.signal?.throwIfAborted();
        counts.push(await count(client, table, options.fingerprints));
        options.onTable?.(counts.length, tables.length);
      }
    } catch (error) {
      // The others shall not go on with what is of no use any more.
      queue.length = 0;
      throw options.signal?.aborted ? options.signal.reason : error;
    } finally {
      release();
    }
  };
  const lanes = Math.max(1, Math.min(options.jobs, tables.length));
  await Promise.all(Array.from({ length: lanes }, () => withClient(access, database, work)));
  return counts.toSorted((a, b) => byText(a.schema, b.schema) || byText(a.name, b.name));
}

/** Lets the signal cancel what the client runs, over a second connection: pg itself can't. @returns how to let go. */
async function cancelOn(signal: AbortSignal | undefined, access: ServerAccess, client: pg.Client): Promise<() => void> {
  if (signal === undefined) return () => undefined;
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const cancel = (): void => {
    withClient(access, access.maintenance, (other) => other.query('SELECT pg_cancel_backend($1)', [rows[0]?.pid])).catch(
      () => undefined,
    );
  };
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}

// Tables of extensions are made by CREATE EXTENSION; only those whose rows pg_dump dumps in full can be compared.
const tablesSql = `
SELECT n.nspname AS schema, c.relname AS name, CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind,
       pg_table_size(c.oid) AS bytes,
       ARRAY(SELECT quote_ident(attname) FROM pg_attribute
              WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attname COLLATE "C") AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
        OR EXISTS (SELECT FROM pg_extension, unnest(extconfig, extcondition) AS config(id, condition)
                    WHERE config.id = c.oid AND config.condition = ''))`;

async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Omit<Table, 'bytes'> & { bytes: string }>(tablesSql);
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
}

/** One snapshot, and settings under which a row has one text only. */
async function begin(client: pg.Client, snapshot: string | undefined): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  if (snapshot !== undefined) await client.query(`SET TRANSACTION SNAPSHOT '${snapshot.replace(/[^0-9A-F-]/gi, '')}'`);
  await client.query(
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'; SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = off; SET LOCAL row_security = off; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0",
  );
}

async function count(client: pg.Client, table: Table, fingerprint: boolean): Promise<TableCount> {
  const { columns, ...facts } = table;
  const name = `ONLY ${identifier(table.schema)}.${identifier(table.name)}`;
  if (!fingerprint) {
    const { rows } = await client.query<{ rows: string }>(`SELECT count(*) AS rows FROM ${name}`);
    return { ...facts, rows: Number(rows[0]?.rows) };
  }
  // A sum does not depend on the order of the rows; two seeds make a collision as unlikely as with 128 bits. OFFSET 0 keeps the
  // planner from making each row's text twice.
  const { rows } = await client.query<{ rows: string; sum: string }>(
    `SELECT count(*) AS rows, coalesce(sum(hashtextextended(line, 0)), 0) || '/' || coalesce(sum(hashtextextended(line, 1)), 0) AS sum
       FROM (SELECT ROW(${columns.join(', ')})::text COLLATE "C" AS line FROM ${name} OFFSET 0) AS lines`,
  );
  return { ...facts, rows: Number(rows[0]?.rows), fingerprint: rows[0]?.sum ?? '' };
}
