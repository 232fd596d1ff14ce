import type pg from 'pg';
import { byText } from '../../catalog/order.ts';
import { inLanes } from './lanes.ts';
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
  /** Size of the heap itself, to read it in ranges; null where ranges would not save a full read. */
  readonly blocks: number | null;
  /** Quoted, by name: a restore may bring columns in another order (children that were attached later). */
  readonly columns: readonly string[];
}

/** A range of a table's blocks; without an end it reaches to the table's end. */
interface Range {
  readonly from: number;
  readonly to: number | null;
}

/** What was found in one range. */
interface Found {
  readonly rows: number;
  readonly sums: readonly [bigint, bigint] | null;
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
 * materialized views. Foreign tables are elsewhere. The biggest come first, over several connections, which share a big table
 * between them.
 *
 * @returns the counts by schema and name. @throws what the signal was aborted with; errors of PostgreSQL as pg throws them.
 */
export async function countRows(access: ServerAccess, database: string, options: CountOptions): Promise<TableCount[]> {
  const tables = await withClient(access, database, async (client) => {
    await begin(client, options.snapshot);
    return listTables(client);
  });
  const pieces = tables
    .toSorted((a, b) => b.bytes - a.bytes)
    .flatMap((table) => ranges(table, options.jobs).map((range, _at, all) => ({ table, range, of: all.length })));
  const found = new Map<Table, Found[]>();
  let done = 0;
  const { signal } = options;
  const lanes = { width: options.jobs, signal, begin: (client: pg.Client) => begin(client, options.snapshot) };
  await inLanes(access, database, pieces, lanes, async (client, { table, range, of }) => {
    const part = await count(client, table, range, options.fingerprints);
    const parts = [...(found.get(table) ?? []), part];
    found.set(table, parts);
    if (parts.length < of) return;
    done += 1;
    options.onTable?.(done, tables.length);
  });
  return tables
    .map((table) => total(table, found.get(table) ?? []))
    .toSorted((a, b) => byText(a.schema, b.schema) || byText(a.name, b.name));
}

/** 32 MB: below, another query costs more than it saves. */
const fewestBlocks = 4096;

/** @returns the ranges in which a table is read: several for each lane where it is big, since some are slower than others. */
export function ranges({ blocks }: Pick<Table, 'blocks'>, jobs: number): Range[] {
  if (blocks === null || jobs === 1) return [{ from: 0, to: null }];
  const each = Math.max(fewestBlocks, Math.ceil(blocks / (jobs * 4)));
  const count = Math.max(1, Math.floor(blocks / each));
  // The last one is open: a row that is visible to us can't be beyond the end that we saw, but a bound would save nothing.
  return Array.from({ length: count }, (_, at) => ({ from: at * each, to: at === count - 1 ? null : (at + 1) * each }));
}

function total({ columns: _columns, blocks: _blocks, ...facts }: Table, parts: readonly Found[]): TableCount {
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  if (parts.every((part) => part.sums === null)) return { ...facts, rows };
  const sum = (which: 0 | 1) => parts.reduce((all, part) => all + (part.sums?.[which] ?? 0n), 0n);
  return { ...facts, rows, fingerprint: `${sum(0)}/${sum(1)}` };
}

// Tables of extensions are made by CREATE EXTENSION; only those whose rows pg_dump dumps in full can be compared.
const tablesSql = `
SELECT n.nspname AS schema, c.relname AS name, CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'table' END AS kind,
       pg_table_size(c.oid) AS bytes,
       CASE WHEN current_setting('server_version_num')::integer >= 140000 AND a.amname = 'heap'
            THEN pg_relation_size(c.oid) / current_setting('block_size')::integer END AS blocks,
       ARRAY(SELECT quote_ident(attname) FROM pg_attribute
              WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped ORDER BY attname COLLATE "C") AS columns
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_am a ON a.oid = c.relam
 WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND c.relpersistence <> 't'
   AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
   AND (NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
        OR EXISTS (SELECT FROM pg_extension, unnest(extconfig, extcondition) AS config(id, condition)
                    WHERE config.id = c.oid AND config.condition = ''))`;

async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Omit<Table, 'bytes' | 'blocks'> & { bytes: string; blocks: string | null }>(tablesSql);
  return rows.map((row) => ({ ...row, bytes: Number(row.bytes), blocks: row.blocks === null ? null : Number(row.blocks) }));
}

/** One snapshot, and settings under which a row has one text only. */
async function begin(client: pg.Client, snapshot: string | undefined): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  if (snapshot !== undefined) await client.query(`SET TRANSACTION SNAPSHOT '${snapshot.replace(/[^0-9A-F-]/gi, '')}'`);
  await client.query(
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL extra_float_digits = 3; SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'; SET LOCAL search_path = pg_catalog; SET LOCAL quote_all_identifiers = off; SET LOCAL row_security = off; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0; SET LOCAL jit = off",
  );
}

async function count(client: pg.Client, table: Table, range: Range, fingerprint: boolean): Promise<Found> {
  const name = `ONLY ${identifier(table.schema)}.${identifier(table.name)}`;
  const bounds = [
    ...(range.from === 0 ? [] : [`ctid >= '(${range.from},0)'`]),
    ...(range.to === null ? [] : [`ctid < '(${range.to},0)'`]),
  ];
  const from = `${name}${bounds.length === 0 ? '' : ` WHERE ${bounds.join(' AND ')}`}`;
  if (!fingerprint) {
    const { rows } = await client.query<{ rows: string }>(`SELECT count(*) AS rows FROM ${from}`);
    return { rows: Number(rows[0]?.rows), sums: null };
  }
  // A sum does not depend on the order of the rows; two seeds make a collision as unlikely as with 128 bits. OFFSET 0 keeps the
  // planner from making each row's text twice.
  const { rows } = await client.query<{ rows: string; first: string; second: string }>(
    `SELECT count(*) AS rows, coalesce(sum(hashtextextended(line, 0)), 0) AS first, coalesce(sum(hashtextextended(line, 1)), 0) AS second
       FROM (SELECT ROW(${table.columns.join(', ')})::text COLLATE "C" AS line FROM ${from} OFFSET 0) AS lines`,
  );
  const { rows: counted = '0', first = '0', second = '0' } = rows[0] ?? {};
  return { rows: Number(counted), sums: [BigInt(first), BigInt(second)] };
}
