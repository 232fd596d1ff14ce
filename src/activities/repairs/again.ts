import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { isRowRule, type Rule } from '../../plan/repairs.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { serverAccess } from '../postgres/server.ts';
import { againSql, quarantine } from './repair-sql.ts';
import { describeObject, stateOfObject } from './required-objects.ts';
import { inSession } from './session.ts';
import { readShape } from './table-shape.ts';

/** What a rule finds after the repair. */
export interface Remaining {
  readonly rule: string;
  /** Rows that were left or are new since, or objects that are not well. */
  readonly count: number;
}

/**
 * Runs the rules of the repairs again.
 *
 * @throws KintsugiError REPAIR_FAILED when a row that was repaired is found again: its repair did not hold.
 */
export async function checkRepaired(
  context: WorkerContext,
  input: StepInput & { rules: readonly Rule[] },
): Promise<{ remaining: Remaining[]; summary: string }> {
  const access = await serverAccess(context, input);
  const remaining: Remaining[] = [];
  let done = 0;
  await beating(
    () => ({ text: `checks again: ${done} of ${input.rules.length} rules`, fraction: done / Math.max(1, input.rules.length) }),
    (signal) =>
      inSession(access, input.database, signal, async (client) => {
        // What was just written there has no statistics; without them the planner may compare each row with each.
        await client.query(`ANALYZE ${quarantine}.rows`);
        for (const rule of input.rules) {
          const count = isRowRule(rule) ? await rowsLeft(rule) : await objectsLeft(rule);
          if (count > 0) remaining.push({ rule: rule.name, count });
          done += 1;
        }

        async function rowsLeft(rule: Extract<Rule, { table: string }>): Promise<number> {
          const shape = await readShape(client, rule.table, rule.schema ?? null, rule.name);
          const { rows: ids } = await client.query<{ id: string }>(
            `SELECT id FROM ${quarantine}.repairs WHERE run_id = $1 AND rule = $2`,
            [input.runId, rule.name],
          );
          const { rows } = await client.query<{ again: string; others: string }>(againSql(rule, shape), [ids[0]?.id ?? null]);
          const again = Number(rows[0]?.again);
          if (again === 0) return Number(rows[0]?.others);
          throw new KintsugiError('REPAIR_FAILED', `${again} rows that “${rule.name}” repaired are found by it again.`, {
            hints: [`look at the repair of the rule “${rule.name}”: does a trigger set it back?`],
          });
        }

        async function objectsLeft(rule: Exclude<Rule, { table: string }>): Promise<number> {
          const states = [];
          for (const object of rule.objects) states.push([describeObject(object), await stateOfObject(client, object)]);
          return states.filter(([, state]) => state !== 'well').length;
        }
      }),
  );
  const summary =
    remaining.length === 0
      ? `${input.rules.length} rules find nothing any more`
      : `still found: ${remaining.map(({ rule, count }) => `${rule} ${count}`).join(', ')}`;
  return { remaining, summary };
}
