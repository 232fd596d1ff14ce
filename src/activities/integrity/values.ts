import { milliseconds } from '../../plan/units.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { passes } from '../postgres/plan-checks.ts';
import { serverAccess } from '../postgres/server.ts';
import { inSession, inTransaction, isOfStatement, stateOf } from '../repairs/session.ts';

export interface CheckedValue {
  readonly name: string;
  readonly passed: boolean;
  /** The value, or why there is none. */
  readonly text: string;
}

/** Asks the plan's checks of one value on the live database. Reads only. @param input.only names; all if empty. */
export async function checkValues(
  context: WorkerContext,
  input: StepInput & { only: readonly string[] },
): Promise<{ checked: CheckedValue[] }> {
  const { plan, database, only } = input;
  const checks = plan.checks.filter(({ name }) => only.length === 0 || only.includes(name));
  const access = await serverAccess(context, { plan });
  const checked: CheckedValue[] = [];
  await beating(
    () => ({ text: `${checked.length} of ${checks.length} checks` }),
    (signal) =>
      inSession(access, database, signal, async (client) => {
        await client.query(`SET statement_timeout = ${milliseconds(plan.integrity.statementWithin)}`);
        for (const { name, sql, expect } of checks) {
          signal.throwIfAborted();
          try {
            const { rows } = await inTransaction(client, 'READ ONLY', () =>
              client.query<unknown[]>({ text: sql, rowMode: 'array' }),
            );
            const value = rows[0]?.[0];
            const passed = passes(expect, value);
            checked.push({
              name,
              passed,
              text: passed ? String(value) : `found ${String(value)}, expected ${JSON.stringify(expect)}`,
            });
          } catch (error) {
            if (!isOfStatement(error) && stateOf(error) !== '57014') throw error;
            checked.push({ name, passed: false, text: `can’t be asked: ${(error as Error).message}` });
          }
        }
      }),
  );
  return { checked };
}
