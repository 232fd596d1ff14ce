import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { writeAtomically } from '../../catalog/durable.ts';
import type { ManifestSequence } from '../../catalog/manifest.ts';
import type { MergedTable, SalvagedTable } from '../../corruption/salvage.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { databaseNames } from '../postgres/marker.ts';
import { identifier, serverAccess, withClient } from '../postgres/server.ts';
import { attempt } from './attempt.ts';
import { readConstraints } from './constraints.ts';
import { salvageFolder } from './salvage.ts';

export interface Merged {
  /** Tables that are otherwise than in the backup now, or could not be merged. */
  readonly tables: readonly MergedTable[];
  readonly summary: string;
}

interface SalvageFile {
  readonly tables: readonly SalvagedTable[];
  readonly sequences: readonly ManifestSequence[];
}

/**
 * Brings what was salvaged into the restored copy, before it goes live: in one transaction, all or nothing of each table. A table
 * that was read whole becomes what it was; of a damaged one the salvaged rows are newer than the backup's, and what was not
 * readable stays as the backup has it. Then no row may refer to one that is lost, sequences are never behind, and materialized
 * views are refreshed.
 *
 * Run twice, it ends in the same state.
 *
 * @throws KintsugiError VERIFY_FAILED when a table that was read whole is not the same afterwards.
 */
export async function mergeSalvage(context: WorkerContext, input: StepInput): Promise<Merged> {
  const folder = salvageFolder(context, input);
  const { tables, sequences } = JSON.parse(await readFile(path.join(folder, 'salvage.json'), 'utf8')) as SalvageFile;
  const access = await serverAccess(context, input);
  const { scratch } = databaseNames(input.database, input.runId);
  const report = path.join(folder, 'merged.json');
  let at = '';
  return beating(
    () => ({ text: at }),
    (signal) =>
      withClient(access, scratch, async (client) => {
        await begin(client);
        const merged: MergedTable[] = [];
        for (const [done, table] of tables.entries()) {
          signal.throwIfAborted();
          at = `merge: ${table.schema}.${table.name}, ${done + 1} of ${tables.length} tables`;
          merged.push(await mergeTable(client, table));
        }
        const orphans = await removeOrphans(client, merged);
        await advanceSequences(client, sequences);
        const all = merged.map((table) => ({ ...table, orphans: orphans.get(table.table) ?? 0 }));
        const told = all.filter(isTold);
        const changed =
          told.some(({ inserted, changed: updated, deleted }) => inserted + updated + deleted > 0) || orphans.size > 0;
        if (changed) await refreshViews(client);
        const before = await readFile(report, 'utf8').catch(() => null);
        // An attempt that did it all, and was not heard.
        if (!changed && before !== null) {
          await client.query('ROLLBACK');
          return JSON.parse(before) as Merged;
        }
        const result: Merged = { tables: told, summary: summaryOf(all) };
        await writeAtomically(report, JSON.stringify(result, null, 1));
        await client.query('COMMIT');
        return result;
      }),
  );
}

async function begin(client: pg.Client): Promise<void> {
  await client.query('BEGIN READ WRITE');
  // Triggers of the application have been at these rows already; references are looked after below.
  await client.query(
    `SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '1min'; SET LOCAL session_replication_role = replica; SET LOCAL row_security = off;
     SET LOCAL client_encoding = 'UTF8'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL extra_float_digits = 3;
     SET LOCAL client_min_messages = error; SET LOCAL synchronous_commit = on`,
  );
}

function isTold({ inserted, changed, deleted, orphans, error, whole }: MergedTable): boolean {
  return !whole || error !== null || inserted + changed + deleted + orphans > 0;
}

function summaryOf(tables: readonly MergedTable[]): string {
  const sum = (of: (table: MergedTable) => number) => tables.reduce((all, table) => all + of(table), 0);
  const failed = tables.filter(({ error }) => error !== null).length;
  return [
    `${sum(({ inserted }) => inserted)} rows newer than the backup added, ${sum(({ changed }) => changed)} changed, ${sum(({ deleted }) => deleted)} deleted`,
    ...(failed > 0 ? [`${failed} tables could not be merged`] : []),
  ].join('; ');
}

async function mergeTable(client: pg.Client, table: SalvagedTable): Promise<MergedTable> {
  const name = `${table.schema}.${table.name}`;
  const none = {
    table: name,
    whole: table.whole,
    inserted: 0,
    changed: 0,
    deleted: 0,
    fromBackup: 0,
    keys: [],
    orphans: 0,
    error: null,
  };
  if (table.file === null)
    return { ...none, error: table.why ?? 'nothing of it could be read', ...(await countAll(client, table)) };
  const merged = await attempt(client, () => bringIn(client, table));
  await client.query('DROP TABLE IF EXISTS pg_temp.salvaged');
  if (merged.error !== null) return { ...none, error: merged.error };
  return { ...none, ...merged.value };
}

/** Of a table of which nothing was read, all is the backup's. */
async function countAll(client: pg.Client, table: SalvagedTable): Promise<Pick<MergedTable, 'fromBackup'>> {
  const counted = await attempt(client, () =>
    client.query<{ rows: string }>(`SELECT count(*) AS rows FROM ONLY ${quoted(table)}`),
  );
  return { fromBackup: Number(counted.value?.rows[0]?.rows ?? 0) };
}

function quoted({ schema, name }: Pick<SalvagedTable, 'schema' | 'name'>): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

type Counts = Pick<MergedTable, 'inserted' | 'changed' | 'deleted' | 'fromBackup' | 'keys'>;

async function bringIn(client: pg.Client, table: SalvagedTable): Promise<Counts> {
  const { columns, key, whole } = table;
  const name = quoted(table);
  const list = columns.join(', ');
  await client.query(`CREATE TEMPORARY TABLE salvaged ON COMMIT DROP AS SELECT ${list} FROM ONLY ${name} WITH NO DATA`);
  const into = client.query(copyFrom(`COPY pg_temp.salvaged (${list}) FROM STDIN`));
  await pipeline(createReadStream(table.file ?? ''), into);
  await client.query('ANALYZE pg_temp.salvaged');
  if (key.length === 0) return replaceAll(client, table);
  const same = key.map((column) => `t.${column} = s.${column}`).join(' AND ');
  const backupOnly = `FROM ONLY ${name} AS t WHERE NOT EXISTS (SELECT FROM pg_temp.salvaged AS s WHERE ${same})`;
  const { rows: only } = await client.query<{ rows: string; keys: string[] | null }>(
    `SELECT count(*) AS rows, (array_agg(concat_ws(', ', ${key.map((column) => `t.${column}`).join(', ')}) ORDER BY ${key.map((column) => `t.${column}`).join(', ')}))[1:20] AS keys ${backupOnly}`,
  );
  const fromBackup = whole ? 0 : Number(only[0]?.rows);
  const keys = whole ? [] : (only[0]?.keys ?? []);
  const deleted = whole ? ((await client.query(`DELETE ${backupOnly}`)).rowCount ?? 0) : 0;
  const settable = await settableColumns(client, table);
  const row = (alias: string) => `ROW(${settable.map((column) => `${alias}.${column}`).join(', ')})`;
  const changed =
    settable.length === 0
      ? 0
      : ((
          await client.query(
            `UPDATE ONLY ${name} AS t SET (${settable.join(', ')}) = ${row('s')} FROM pg_temp.salvaged AS s WHERE ${same} AND ${row('t')}::text IS DISTINCT FROM ${row('s')}::text`,
          )
        ).rowCount ?? 0);
  const inserted =
    (
      await client.query(
        `INSERT INTO ${name} (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM pg_temp.salvaged AS s WHERE NOT EXISTS (SELECT FROM ONLY ${name} AS t WHERE ${same})`,
      )
    ).rowCount ?? 0;
  await requireSame(client, table);
  return { inserted, changed, deleted, fromBackup, keys };
}

/** Without a key no row can be told from another: a table that was read whole is taken whole, a damaged one stays as in the backup. */
async function replaceAll(client: pg.Client, table: SalvagedTable): Promise<Counts> {
  if (!table.whole)
    throw Object.assign(new Error('it has no primary key to tell its rows by; its file can be loaded by hand'), {
      code: 'P0001',
    });
  const name = quoted(table);
  const list = table.columns.join(', ');
  const line = (alias: string) => `ROW(${table.columns.map((column) => `${alias}.${column}`).join(', ')})::text`;
  const differ = await client.query<{ here: string; there: string }>(
    `SELECT count(*) FILTER (WHERE n > 0) AS here, count(*) FILTER (WHERE n < 0) AS there
       FROM (SELECT sum(n) AS n FROM (SELECT ${line('t')} AS line, 1 AS n FROM ONLY ${name} AS t UNION ALL SELECT ${line('s')}, -1 FROM pg_temp.salvaged AS s) AS lines GROUP BY line) AS sums WHERE n <> 0`,
  );
  const [{ here, there } = { here: '0', there: '0' }] = differ.rows;
  if (here !== '0' || there !== '0') {
    await client.query(`DELETE FROM ONLY ${name}`);
    await client.query(`INSERT INTO ${name} (${list}) OVERRIDING SYSTEM VALUE SELECT ${list} FROM pg_temp.salvaged`);
  }
  await requireSame(client, table);
  return { inserted: Number(there), changed: 0, deleted: Number(here), fromBackup: 0, keys: [] };
}

/** Columns that an UPDATE may set: not of the key, not generated, not `GENERATED ALWAYS AS IDENTITY`. */
async function settableColumns(client: pg.Client, table: SalvagedTable): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT quote_ident(attname) AS name FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped AND attidentity <> 'a' AND attgenerated = ''`,
    [quoted(table)],
  );
  const settable = new Set(rows.map(({ name }) => name));
  return table.columns.filter((column) => settable.has(column) && !table.key.includes(column));
}

/** @throws KintsugiError VERIFY_FAILED */
async function requireSame(client: pg.Client, table: SalvagedTable): Promise<void> {
  if (!table.whole) return;
  const { rows } = await client.query<{ rows: string }>(`SELECT count(*) AS rows FROM ONLY ${quoted(table)}`);
  if (Number(rows[0]?.rows) === table.rows) return;
  throw new KintsugiError(
    'VERIFY_FAILED',
    `${table.schema}.${table.name} has ${rows[0]?.rows} rows after the merge; ${table.rows} were salvaged.`,
    { hints: ['kintsugi recover restore   # without the salvage; its files stay'] },
  );
}

/**
 * Removes rows that refer to one that is lost, and those that refer to them. Between tables that were read whole, all is as it was,
 * be it consistent or not.
 *
 * @returns how many, by table.
 */
async function removeOrphans(client: pg.Client, merged: readonly MergedTable[]): Promise<Map<string, number>> {
  const removed = new Map<string, number>();
  const names = merged.filter(({ whole, error }) => !whole || error !== null).map(({ table }) => table);
  const damaged = await client.query<{ oid: string }>(
    `SELECT c.oid::int8::text AS oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname || '.' || c.relname = ANY ($1)`,
    [names],
  );
  const touched = new Set(damaged.rows.map(({ oid }) => Number(oid)));
  const keys = (await readConstraints(client)).filter(({ kind, validated }) => kind === 'foreign key' && validated);
  for (let again = true; again; ) {
    again = false;
    for (const { table, parent, broken } of keys) {
      if (!touched.has(table) && !touched.has(parent)) continue;
      const { rows } = await client.query<{ name: string; quoted: string }>(
        `SELECT n.nspname || '.' || c.relname AS name, format('%I.%I', n.nspname, c.relname) AS quoted FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1::oid`,
        [table],
      );
      const [of] = rows;
      if (of === undefined) continue;
      const { rowCount } = await client.query(`DELETE FROM ONLY ${of.quoted} AS t WHERE ${broken}`);
      if (!rowCount) continue;
      removed.set(of.name, (removed.get(of.name) ?? 0) + rowCount);
      touched.add(table);
      again = true;
    }
  }
  return removed;
}

/** What the salvaged rows have taken from a sequence must not be given again. */
async function advanceSequences(client: pg.Client, sequences: readonly ManifestSequence[]): Promise<void> {
  for (const { schema, name, lastValue, isCalled } of sequences) {
    const sequence = `${identifier(schema)}.${identifier(name)}`;
    await attempt(client, () =>
      client.query(
        `SELECT setval(to_regclass($1), $2::bigint, $3::boolean) FROM ${sequence}, pg_sequence q
          WHERE q.seqrelid = to_regclass($1) AND (last_value, is_called) IS DISTINCT FROM ($2::bigint, $3::boolean)
            AND CASE WHEN q.seqincrement > 0 THEN $2::bigint >= last_value ELSE $2::bigint <= last_value END`,
        [sequence, lastValue, isCalled],
      ),
    );
  }
}

async function refreshViews(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ quoted: string }>(
    `SELECT format('%I.%I', n.nspname, c.relname) AS quoted FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'm' AND c.relispopulated ORDER BY c.oid`,
  );
  for (const view of rows) await attempt(client, () => client.query(`REFRESH MATERIALIZED VIEW ${view.quoted}`));
}
