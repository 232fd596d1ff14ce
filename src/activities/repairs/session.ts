import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { inLanes } from '../postgres/lanes.ts';
import type { ServerAccess } from '../postgres/server.ts';

// One connection and no helpers of it: the application keeps running. Dates and times as the database has them, since triggers
// may depend on them.
const settings = "SET statement_timeout = 0; SET max_parallel_workers_per_gather = 0; SET jit = off; SET work_mem = '64MB'";

/**
 * Works over one connection, whose statement the signal ends.
 *
 * @returns what `work` returns. @throws what it throws, or what the signal was aborted with.
 */
export async function inSession<T>(
  access: ServerAccess,
  database: string,
  signal: AbortSignal,
  work: (client: pg.Client) => Promise<T>,
): Promise<T> {
  const results: T[] = [];
  await inLanes(access, database, [work], { width: 1, signal }, async (client, run) => {
    await client.query(settings);
    results.push(await run(client));
  });
  return results[0] as T;
}

/** Runs `work` in a transaction, which is rolled back when it throws. */
export async function inTransaction<T>(client: pg.Client, mode: string, work: () => Promise<T>): Promise<T> {
  await client.query(`BEGIN ${mode}`);
  try {
    const result = await work();
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Somebody else has the row or the table, or wrote it at the same instant: waiting mends it. */
const contended = new Set(['55P03', '40001', '40P01']);
const mostTries = 40;

/** @returns the SQLSTATE of an error of PostgreSQL; undefined for any other. */
export function stateOf(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && severity !== undefined ? code : undefined;
}

/** @returns whether an error is of the row itself (bad data, a constraint, a trigger that raises), so that others may go through. */
export function isOfRow(error: unknown): boolean {
  return /^(22|23|P0)/.test(stateOf(error) ?? '');
}

/** @returns whether an error is of a statement of the plan: syntax, a name that is not there, a value. */
export function isOfStatement(error: unknown): boolean {
  return /^(0A|2[0-9A-F]|42|P0)/.test(stateOf(error) ?? '');
}

/**
 * Tries again while the application has what is needed. Between two tries nothing is locked, so it is never in the way for long.
 *
 * @param work is told how many tries failed, so that it can ask for less.
 * @param table quoted name of the table that is waited for.
 * @throws KintsugiError DATABASE_BUSY that names who holds the table.
 */
export async function whenFree<T>(client: pg.Client, table: string, work: (failed: number) => Promise<T>): Promise<T> {
  for (let failed = 0; ; failed += 1) {
    try {
      return await work(failed);
    } catch (error) {
      if (!contended.has(stateOf(error) ?? '')) throw error;
      if (failed + 1 >= mostTries) throw await busy(client, table);
      await delay(Math.min(2000, 50 * 2 ** failed) * (0.5 + Math.random()));
    }
  }
}

async function busy(client: pg.Client, table: string): Promise<KintsugiError> {
  const { rows } = await client.query<{ who: string; pid: number }>(
    `SELECT format('%s (%s of %s, %s, for %s s)', pid, coalesce(nullif(application_name, ''), 'a session'), usename, state,
                   round(extract(epoch FROM now() - xact_start))) AS who, pid
       FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND pid IN (SELECT pid FROM pg_locks WHERE relation = $1::regclass AND granted AND mode <> 'AccessShareLock')
      ORDER BY xact_start LIMIT 3`,
    [table],
  );
  return new KintsugiError(
    'DATABASE_BUSY',
    `${table} stays locked: by ${rows.map(({ who }) => who).join(', ') || 'sessions that come and go'}.`,
    { hints: rows.map(({ pid }) => `SELECT pg_terminate_backend(${pid})`) },
  );
}
