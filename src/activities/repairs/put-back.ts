import type pg from 'pg';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { milliseconds } from '../../plan/units.ts';
import { beating } from '../backups/beat.ts';
import type { RunReference, StepInput, WorkerContext } from '../context.ts';
import { serverAccess } from '../postgres/server.ts';
import { changedSinceSql, type Fit, fitTo, putBackChangedSql, putBackDeletedSql, shapeSql } from './put-back-sql.ts';
import { isThere, type KeptRepair, keptRepairs, repairsOf, undoableRuns } from './quarantine.ts';
import { foundTable, quarantine } from './repair-sql.ts';
import { inSession, inTransaction, isOfRow, stateOf, whenFree } from './session.ts';
import { findShape, type TableShape, tableName } from './table-shape.ts';

/** What is to be done with rows that were written since they were repaired. */
export type ChangedSince = 'refuse' | 'leave' | 'overwrite';

export interface UndoLook {
  readonly run: RunReference;
  /** Rules of the run with the number of rows that are kept of each, the last repaired first. */
  readonly rules: readonly { readonly rule: string; readonly rows: number }[];
  /** Rows that are not as the run left them; the first ones, as table, key and why. */
  readonly changedSince: readonly (readonly [table: string, key: string, why: string])[];
  readonly changedCount: number;
  /** Columns that the tables have not any more. */
  readonly gone: readonly string[];
}

/** Rows that are listed for people. */
const mostListed = 10;

/**
 * Looks what an undo of a repair would put back, and which rows were written since. Reads only.
 *
 * @param input.recovery workflow id of the repair, with or without the end of its run id after a slash.
 * @throws KintsugiError NOT_UNDOABLE when nothing of it is kept, or a table of it is gone.
 */
export async function lookAtUndo(context: WorkerContext, input: StepInput & { recovery: string }): Promise<UndoLook> {
  const access = await serverAccess(context, input);
  return beating(
    () => ({ text: 'looks which rows were written since' }),
    (signal) => inSession(access, input.database, signal, (client) => lookAt(client, input.recovery)),
  );
}

async function lookAt(client: pg.Client, recovery: string): Promise<UndoLook> {
  const kept = await keptRepairs(client, recovery);
  if (kept === null) {
    const others = await undoableRuns(client);
    throw new KintsugiError('NOT_UNDOABLE', `No row that ${recovery} repaired is kept.`, {
      state: 'Nothing was stopped or changed.',
      hints: others.length > 0 ? others.map((run) => `kintsugi undo ${run}`) : ['kintsugi status'],
    });
  }
  const changed: [string, string, string][] = [];
  const gone = new Set<string>();
  let count = 0;
  for (const [table, repairs] of byTable(kept.repairs)) {
    const { shape, columns } = await prepare(client, repairs[0] as KeptRepair);
    for (const name of columns.gone) gone.add(`${table}.${name}`);
    const { rows } = await client.query<{ key: string; why: string; all: string }>(changedSinceSql(shape, columns, mostListed), [
      repairs.map(({ id }) => id),
    ]);
    count += Number(rows[0]?.all ?? 0);
    changed.push(...rows.map(({ key, why }): [string, string, string] => [table, key, why]));
  }
  const rules = kept.repairs.map(({ rule, changed: rows }) => ({ rule, rows }));
  return { run: kept.run, rules, changedSince: changed.slice(0, mostListed), changedCount: count, gone: [...gone] };
}

function byTable(repairs: readonly KeptRepair[]): Map<string, KeptRepair[]> {
  const tables = new Map<string, KeptRepair[]>();
  for (const repair of repairs) {
    if (repair.table === null) continue;
    const name = `${repair.schema}.${repair.table}`;
    tables.set(name, [...(tables.get(name) ?? []), repair]);
  }
  return tables;
}

/** Makes the row type of the kept rows in the session. @throws KintsugiError NOT_UNDOABLE when the table or a type is gone. */
async function prepare(client: pg.Client, repair: KeptRepair): Promise<{ shape: TableShape; columns: Fit }> {
  const gone = (why: string) =>
    new KintsugiError('NOT_UNDOABLE', `The rows of “${repair.rule}” can’t be put back: ${why}.`, {
      hints: [`SELECT * FROM ${quarantine}.rows WHERE repair = ${repair.id}`],
    });
  const shape = await findShape(client, repair.table ?? '', repair.schema);
  if (shape === null || !repair.key.every((name) => shape.key.includes(name)))
    throw gone(`the table ${repair.schema}.${repair.table} is gone or has another primary key`);
  try {
    await client.query(shapeSql(repair));
  } catch (error) {
    if (!/^42/.test(stateOf(error) ?? '')) throw error;
    throw gone(`a type of their columns is gone (${(error as Error).message})`);
  }
  return { shape, columns: fitTo(repair, shape) };
}

export interface PutBackEvidence {
  readonly rows: number;
  /** Rows that stay as they are, since they were written since or what they name is gone. */
  readonly left: number;
  /** Functions, triggers, indexes and constraints that were taken back. */
  readonly objects: number;
  readonly summary: string;
}

/**
 * Puts back every row that a run changed or deleted, the last repair first, and takes back what it made in the schema. In
 * batches; each marks its rows in its own transaction, so a killed worker's successor goes on.
 *
 * The table's triggers do not fire meanwhile: they would work the rows out anew. What foreign keys ask is asked here instead.
 *
 * @param input.of the run; its own repairs when it takes back what it did itself.
 * @throws KintsugiError NOT_UNDOABLE when a constraint that was made since stands against a row.
 */
export async function putBack(
  context: WorkerContext,
  input: StepInput & { of: RunReference; changedSince: Exclude<ChangedSince, 'refuse'> },
): Promise<PutBackEvidence> {
  const { plan, of, changedSince } = input;
  const access = await serverAccess(context, { plan });
  const count = { rows: 0, left: 0, objects: 0 };
  let text = 'begins';
  await beating(
    () => ({ text: `${text}: ${count.rows} rows put back` }),
    (signal) =>
      inSession(access, input.database, signal, async (client) => {
        await client.query(`SET lock_timeout = ${milliseconds(plan.repairs.lockWithin)}`);
        for (const repair of await repairsOf(client, of.runId)) {
          text = repair.rule;
          if (repair.table === null) count.objects += await takeBack(client, repair);
          else {
            const { rows, left } = await putBackRows(client, repair, {
              signal,
              size: plan.repairs.batchRows,
              overwrite: changedSince === 'overwrite',
            });
            count.rows += rows;
            count.left += left;
          }
          await client.query(`DROP TABLE IF EXISTS ${foundTable(repair.id)}`);
          await client.query(`UPDATE ${quarantine}.repairs SET undone_at = clock_timestamp() WHERE id = $1`, [repair.id]);
        }
        await makeAgain(client, of.runId);
      }),
  );
  const left = count.left === 0 ? '' : `; ${count.left} left as they are`;
  return { ...count, summary: `${count.rows} rows put back${left}; ${count.objects} objects of the schema taken back` };
}

interface PutBackOptions {
  readonly signal: AbortSignal;
  readonly size: number;
  readonly overwrite: boolean;
}

async function putBackRows(
  client: pg.Client,
  repair: KeptRepair,
  options: PutBackOptions,
): Promise<{ rows: number; left: number }> {
  const { shape, columns } = await prepare(client, repair);
  const { rows: ends } = await client.query<{ last: string | null }>(
    `SELECT max(position) AS last FROM ${quarantine}.rows WHERE repair = $1`,
    [repair.id],
  );
  const last = Number(ends[0]?.last ?? 0);
  for (let from = 0; from < last; from += options.size) {
    options.signal.throwIfAborted();
    const range = [repair.id, from, from + options.size];
    await whenFree(client, tableName(shape), () =>
      inTransaction(client, '', async () => {
        await withoutTriggers(client);
        try {
          await client.query(putBackChangedSql(shape, columns, options.overwrite), range);
          await client.query(putBackDeletedSql(shape, columns), range);
        } catch (error) {
          if (!isOfRow(error)) throw error;
          throw new KintsugiError(
            'NOT_UNDOABLE',
            `The rows of “${repair.rule}” can’t be put back: ${(error as Error).message}.`,
            {
              state: 'What was put back before stays; run the undo again when nothing stands against it any more.',
              hints: ['a constraint that was made since the repair stands against rows as they were: drop it first'],
            },
          );
        }
      }),
    );
  }
  const { rows: counts } = await client.query<{ back: string; left: string }>(
    `SELECT count(*) FILTER (WHERE put_back) AS back, count(*) FILTER (WHERE NOT put_back) AS left FROM ${quarantine}.rows WHERE repair = $1`,
    [repair.id],
  );
  return { rows: Number(counts[0]?.back), left: Number(counts[0]?.left) };
}

async function withoutTriggers(client: pg.Client): Promise<void> {
  try {
    await client.query('SET LOCAL session_replication_role = replica');
  } catch (error) {
    if (stateOf(error) !== '42501') throw error;
    throw new KintsugiError(
      'NOT_UNDOABLE',
      `Only a superuser can put rows back past the table’s triggers: ${(error as Error).message}.`,
      {
        hints: ['set database.user of the plan to a superuser: kintsugi plan check'],
      },
    );
  }
}

async function takeBack(client: pg.Client, repair: KeptRepair): Promise<number> {
  const { rows } = await client.query<{ position: number; take_back: string }>(
    `SELECT position, take_back FROM ${quarantine}.objects WHERE repair = $1 AND NOT taken_back ORDER BY position DESC`,
    [repair.id],
  );
  for (const { position, take_back: statement } of rows)
    await whenFree(client, 'pg_class', () =>
      inTransaction(client, '', async () => {
        await client.query(statement);
        await client.query(`UPDATE ${quarantine}.objects SET taken_back = true WHERE repair = $1 AND position = $2`, [
          repair.id,
          position,
        ]);
      }),
    );
  const { rows: all } = await client.query<{ count: string }>(
    `SELECT count(*) AS count FROM ${quarantine}.objects WHERE repair = $1 AND taken_back`,
    [repair.id],
  );
  return Number(all[0]?.count);
}

/** Constraints that were there before without being validated come back so, now that the rows are as they were. */
async function makeAgain(client: pg.Client, runId: string): Promise<void> {
  if (!(await isThere(client))) return;
  const { rows } = await client.query<{ repair: string; position: number; make_again: string }>(
    `SELECT o.repair, o.position, o.make_again FROM ${quarantine}.objects o JOIN ${quarantine}.repairs r ON r.id = o.repair
      WHERE r.run_id = $1 AND o.taken_back AND o.make_again IS NOT NULL`,
    [runId],
  );
  for (const { repair, position, make_again: statement } of rows)
    await whenFree(client, 'pg_class', () =>
      inTransaction(client, '', async () => {
        await client.query(statement);
        await client.query(`UPDATE ${quarantine}.objects SET make_again = NULL WHERE repair = $1 AND position = $2`, [
          repair,
          position,
        ]);
      }),
    );
}
