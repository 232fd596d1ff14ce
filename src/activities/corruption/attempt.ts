import type pg from 'pg';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { identifier } from '../postgres/server.ts';

/** What a statement found, or why it could not be run: one broken object must not hide the others. */
export type Attempt<T> = { readonly value: T; readonly error: null } | { readonly value: null; readonly error: string };

/**
 * Runs `work` inside a savepoint of the client's transaction.
 *
 * @throws what says that the session itself is gone; an error of the statement is the answer.
 */
export async function attempt<T>(client: pg.Client, work: () => Promise<T>): Promise<Attempt<T>> {
  await client.query('SAVEPOINT attempt');
  try {
    const value = await work();
    await client.query('RELEASE SAVEPOINT attempt');
    return { value, error: null };
  } catch (error) {
    if (!isOfStatement(error)) throw error;
    // No fault of what was read: taken for one, it would lead to a restore.
    if (/^(?:55|40|25|42501)/.test(error.code)) throw inTheWay(error);
    await client.query('ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt');
    return { value: null, error: textOf(error) };
  }
}

function inTheWay(error: Error): KintsugiError {
  return new KintsugiError('DATABASE_BUSY', `Something stood in the way: ${textOf(error)}.`, {
    hints: ["SELECT pid, state, wait_event, query FROM pg_stat_activity WHERE wait_event_type = 'Lock'", 'try again'],
  });
}

/** @returns whether an error is of a statement or of what it read, and not of the session: the server can be asked on. */
export function isOfStatement(error: unknown): error is Error & { code: string } {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  // 57014: cancelled by us. 57P..: the server goes down.
  return (
    !(error instanceof KintsugiError) &&
    typeof code === 'string' &&
    /^[0-9A-Z]{5}$/.test(code) &&
    !/^(?:57|08|53)/.test(code) &&
    severity !== 'FATAL' &&
    severity !== 'PANIC'
  );
}

/** @returns an error of PostgreSQL in one line. */
export function textOf(error: unknown): string {
  const { message, detail } = error as { message: string; detail?: string };
  return `${message}${detail === undefined ? '' : ` (${detail})`}`.replaceAll(/\s+/g, ' ').slice(0, 300);
}

/**
 * Makes extensions usable in the client's transaction: where the database has one, that; else it is made in a schema of ours,
 * inside the transaction that is rolled back at the end, so that it is never there for anybody else and nothing stays of it,
 * whatever ends the examination.
 *
 * @returns the quoted schema of each extension, and why one could not be had.
 */
export async function borrowExtensions(
  client: pg.Client,
  names: readonly string[],
): Promise<ReadonlyMap<string, { readonly schema: string } | { readonly why: string }>> {
  const found = new Map<string, { schema: string } | { why: string }>();
  for (const name of names) {
    const made = await attempt(client, async () => {
      const { rows } = await client.query<{ schema: string }>(
        'SELECT nspname AS schema FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = $1',
        [name],
      );
      if (rows[0] !== undefined) return identifier(rows[0].schema);
      const schema = identifier(`kintsugi_borrowed_${name}`);
      await client.query(`CREATE SCHEMA ${schema}`);
      await client.query(`CREATE EXTENSION ${identifier(name)} SCHEMA ${schema}`);
      return schema;
    });
    found.set(name, made.error === null ? { schema: made.value } : { why: made.error });
  }
  return found;
}
