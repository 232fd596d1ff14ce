import type pg from 'pg';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { IntegrityCheck } from '../../plan/schema.ts';

/**
 * Runs the plan's own checks, reading only.
 *
 * @param withinMs how long each may take; as long as it needs, if missing.
 * @throws KintsugiError VERIFY_FAILED that names the check which found something else, or could not be run.
 */
export async function runChecks(client: pg.Client, checks: readonly IntegrityCheck[], withinMs = 0): Promise<void> {
  await client.query(`BEGIN READ ONLY; SET LOCAL statement_timeout = ${withinMs}`);
  for (const check of checks) {
    const value = await answer(client, check);
    if (!passes(check.expect, value)) {
      throw failed(
        `The check “${check.name}” found ${String(value)} in the restored copy; expected ${JSON.stringify(check.expect)}.`,
      );
    }
  }
  await client.query('ROLLBACK');
}

async function answer(client: pg.Client, check: IntegrityCheck): Promise<unknown> {
  try {
    const { rows } = await client.query<unknown[]>({ text: check.sql, rowMode: 'array' });
    return rows[0]?.[0];
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // Of the query itself: syntax, a name that is not there, a value. Others are the connection's.
    if (code === undefined || !/^(?:2[0-9A-F]|42|P0)/.test(code)) throw error;
    throw failed(`The check “${check.name}” cannot be run on the restored copy: ${message}.`);
  }
}

/** @returns whether a value is what a check expects. */
export function passes(expect: IntegrityCheck['expect'], value: unknown): boolean {
  if ('equals' in expect) return String(value) === String(expect.equals);
  return 'atLeast' in expect ? Number(value) >= expect.atLeast : Number(value) <= expect.atMost;
}

function failed(message: string): KintsugiError {
  return new KintsugiError('VERIFY_FAILED', message, {
    hints: ['choose an older backup: kintsugi backup list', 'kintsugi recover restore --skip checks, then repair'],
  });
}
