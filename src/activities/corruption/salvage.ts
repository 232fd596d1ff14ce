import { mkdir, statfs } from 'node:fs/promises';
import path from 'node:path';
import type pg from 'pg';
import { writeAtomically } from '../../catalog/durable.ts';
import type { TableTrouble } from '../../corruption/examination.ts';
import type { Salvage, SalvagedTable } from '../../corruption/salvage.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import { beating, megabytes } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { readSequences } from '../postgres/inventory.ts';
import { serverAccess, withClient } from '../postgres/server.ts';
import { attempt, borrowExtensions, isOfStatement, textOf } from './attempt.ts';
import { countEntriesOn } from './check-index.ts';
import { type Relation, readIndexes, readRelations } from './relations.ts';
import { salvageTable } from './salvage-table.ts';

export interface SalvageInput extends StepInput {
  /** What the examination found; null: no session can be had, so nothing can be salvaged. */
  readonly tables: readonly TableTrouble[];
}

/** @returns where the salvage of a run is kept: private, since it holds the data itself. */
export function salvageFolder(context: WorkerContext, input: StepInput): string {
  return path.join(context.stateFolder, 'salvage', `${input.workflowId.replaceAll(/[^\w.-]/g, '_')}-${shortRunId(input.runId)}`);
}

/**
 * Reads everything that is readable out of the damaged database into files, before anything replaces it: whole tables too, since a
 * restore would lose what was written to them since the backup. The database itself is not touched: nothing is repaired, no
 * setting makes a page be passed over; pages that can't be read are gone around. Nobody writes meanwhile.
 *
 * Tables that an earlier attempt has read are not read again.
 *
 * @throws KintsugiError DISK_TOO_SMALL
 */
export async function salvageDatabase(context: WorkerContext, input: SalvageInput): Promise<Salvage> {
  const folder = salvageFolder(context, input);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const access = await serverAccess(context, input);
  let at = '';
  return beating(
    () => ({ text: at }),
    async (signal) => {
      try {
        return await withClient(access, input.database, async (client) => {
          await begin(client);
          const relations = (await readRelations(client)).filter(({ kind }) => kind === 'table');
          await refuseSmallDisk(client, folder, relations);
          const salvaged: SalvagedTable[] = [];
          for (const [done, relation] of relations.entries()) {
            signal.throwIfAborted();
            at = `salvage: ${relation.schema}.${relation.name}, ${done + 1} of ${relations.length} tables`;
            const trouble = input.tables.find(({ schema, name }) => schema === relation.schema && name === relation.name);
            salvaged.push(await salvageTable(client, folder, relation, trouble ?? null));
          }
          const sequences = await attempt(client, () => readSequences(client));
          const largeObjects = await attempt(client, () =>
            client.query<{ count: number }>('SELECT count(*)::int AS count FROM pg_largeobject_metadata'),
          );
          const whole = { tables: salvaged, sequences: sequences.value ?? [] };
          await writeAtomically(path.join(folder, 'salvage.json'), JSON.stringify(whole, null, 1));
          await client.query('ROLLBACK');
          const damaged: SalvagedTable[] = [];
          for (const table of salvaged.filter(({ whole }) => !whole))
            damaged.push({ ...table, entriesLost: await countEntriesLost(client, table) });
          const sum = (of: (table: SalvagedTable) => number) => salvaged.reduce((all, table) => all + of(table), 0);
          return {
            folder,
            tables: salvaged.length,
            rows: sum(({ rows }) => rows),
            bytes: sum(({ bytes }) => bytes),
            damaged,
            largeObjects: largeObjects.value?.rows[0]?.count ?? null,
            why: null,
          };
        });
      } catch (error) {
        const { severity } = error as { severity?: string };
        if (!isOfStatement(error) && severity !== 'FATAL') throw error;
        return { folder, tables: 0, rows: 0, bytes: 0, damaged: [], largeObjects: null, why: textOf(error) };
      }
    },
  );
}

async function begin(client: pg.Client): Promise<void> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  await client.query(
    `SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '1min'; SET LOCAL row_security = off; SET LOCAL client_encoding = 'UTF8';
     SET LOCAL search_path = pg_catalog; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'iso_8601'; SET LOCAL extra_float_digits = 3;
     SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off`,
  );
}

/**
 * @returns how many rows an index has on the pages of a table that could not be read, or that are gone; null where no index tells.
 *   Rows that were changed or deleted and not vacuumed yet are among them, so it is a bound from above.
 */
async function countEntriesLost(client: pg.Client, { schema, name, pages }: SalvagedTable): Promise<number | null> {
  await client.query('BEGIN');
  try {
    await client.query(
      'SET LOCAL transaction_read_only = off; SET LOCAL client_min_messages = error; SET LOCAL statement_timeout = 0',
    );
    await attempt(client, () => client.query('SET LOCAL session_replication_role = replica'));
    const has = (await borrowExtensions(client, ['pageinspect'])).get('pageinspect');
    if (has === undefined || !('schema' in has)) return null;
    const { value } = await attempt(client, async () => {
      const relation = (await readRelations(client)).find((each) => each.schema === schema && each.name === name);
      const indexes = (await readIndexes(client)).filter(({ table }) => table === relation?.oid);
      const index = indexes.find((each) => each.method === 'btree' && each.predicate === null && !each.toast && each.valid);
      return relation === undefined || index === undefined ? null : countEntriesOn(client, relation, index, has.schema, pages);
    });
    return value;
  } finally {
    await client.query('ROLLBACK');
  }
}

/** As text a table takes about as much room as it does in the server. */
async function refuseSmallDisk(client: pg.Client, folder: string, relations: readonly Relation[]): Promise<void> {
  const sized = await attempt(client, () =>
    client.query<{ bytes: string }>(
      'SELECT coalesce(sum(pg_table_size(oid::oid)), 0) AS bytes FROM unnest($1::bigint[]) AS oid',
      [relations.map(({ oid }) => oid)],
    ),
  );
  const needed = Number(sized.value?.rows[0]?.bytes ?? 0);
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= needed) return;
  throw new KintsugiError(
    'DISK_TOO_SMALL',
    `What is readable takes about ${megabytes(needed)} as files; the disk of ${folder} has ${megabytes(bavail * bsize)} free.`,
    {
      hints: [
        'make room there, or set `state` of the plan to a folder on another disk',
        'kintsugi recover restore   # without a salvage',
      ],
    },
  );
}
