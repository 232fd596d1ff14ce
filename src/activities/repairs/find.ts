import type pg from 'pg';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { isRowRule, type ObjectRule, type RowRule, type Rule } from '../../plan/repairs.ts';
import { rulesOf, withNeeded } from '../../plan/rules.ts';
import { milliseconds } from '../../plan/units.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { serverAccess } from '../postgres/server.ts';
import { countSql, foundSql, sampleColumns, unchangedSql, writtenColumns } from './repair-sql.ts';
import { describeObject, type ObjectState, stateOfObject } from './required-objects.ts';
import { inSession, isOfStatement, stateOf } from './session.ts';
import { readShape, type TableShape, tableName } from './table-shape.ts';

/** What a rule found. */
export interface FoundRule {
  readonly rule: Rule;
  /** Rows, or objects. */
  readonly count: number;
  /** The table, for people; null of objects. */
  readonly table: string | null;
  /** Rows of the table, by its statistics; null of objects. */
  readonly of: number | null;
  readonly columns: readonly string[];
  readonly samples: readonly (readonly string[])[];
  /** Why a person has to be asked beside the approval; null within the limits. */
  readonly beyond: string | null;
}

/**
 * Runs every rule of the plan, reading only, and looks whether what its repair says could be run.
 *
 * @param input.only names of rules; all if empty.
 * @param input.withNeeded whether rules that must be repaired before those are run, too.
 * @param input.within how long one query may take; as long as it needs if missing.
 * @throws KintsugiError INVALID_INPUT for a name that no rule has, PLAN_INVALID when there are no rules or one can't be run.
 */
export async function findInconsistencies(
  context: WorkerContext,
  input: StepInput & { only: readonly string[]; withNeeded: boolean; within?: string },
): Promise<{ found: FoundRule[] }> {
  const rules = chosen(input);
  const access = await serverAccess(context, input);
  const found: FoundRule[] = [];
  const text = () => `${rules[found.length]?.name ?? 'all rules'}: ${found.length} of ${rules.length}`;
  await beating(
    () => ({ text: text(), fraction: found.length / rules.length }),
    (signal) =>
      inSession(access, input.database, signal, async (client) => {
        if (input.within !== undefined) await client.query(`SET statement_timeout = ${milliseconds(input.within)}`);
        for (const rule of rules) {
          await client.query('BEGIN READ ONLY');
          found.push(await lookAt(client, rule, input));
          await client.query('ROLLBACK');
        }
      }),
  );
  return { found };
}

function chosen({
  plan,
  only,
  withNeeded: needed,
}: {
  plan: StepInput['plan'];
  only: readonly string[];
  withNeeded: boolean;
}): Rule[] {
  const rules = rulesOf(plan.repairs);
  const untouched = 'Nothing was stopped or changed.';
  if (rules.length === 0)
    throw new KintsugiError('PLAN_INVALID', 'The plan has no rules: what is inconsistent is not known.', {
      state: untouched,
      hints: ['add to the plan: repairs: { packs: [timer-cards] }, or rules of your own under repairs.rules'],
    });
  const unknown = only.find((name) => !rules.some((rule) => rule.name === name));
  if (unknown !== undefined)
    throw new KintsugiError('INVALID_INPUT', `The plan has no rule “${unknown}”.`, {
      state: untouched,
      hints: [`one of ${rules.map(({ name }) => `“${name}”`).join(', ')}`],
    });
  if (only.length === 0) return rules;
  return needed ? withNeeded(rules, only) : rules.filter(({ name }) => only.includes(name));
}

/** Runs one rule in the client's transaction. @throws KintsugiError PLAN_INVALID when the rule can't be run. */
async function lookAt(client: pg.Client, rule: Rule, { plan }: Pick<StepInput, 'plan'>): Promise<FoundRule> {
  try {
    return isRowRule(rule) ? await lookAtRows(client, rule, plan.repairs) : await lookAtObjects(client, rule);
  } catch (error) {
    if (stateOf(error) === '57014')
      throw new KintsugiError('CHECK_FAILED', `The rule “${rule.name}” takes longer than a check may: it was stopped.`, {
        state: 'Nothing was stopped or changed.',
        hints: ['integrity.statementWithin of the plan is the limit', 'kintsugi recover repair --dry-run'],
      });
    if (!isOfStatement(error)) throw error;
    throw new KintsugiError('PLAN_INVALID', `The rule “${rule.name}” can’t be run: ${(error as Error).message}.`, {
      state: 'Nothing was stopped or changed.',
      hints: ['correct it under repairs of the plan', 'kintsugi recover repair --dry-run'],
    });
  }
}

async function lookAtRows(
  client: pg.Client,
  rule: RowRule,
  limits: { atMostRows: number; atMostPercent: number },
): Promise<FoundRule> {
  const shape = await readShape(client, rule.table, rule.schema ?? null, rule.name);
  refuseUnknownColumns(rule, shape);
  await tryOut(client, rule, shape);
  const { rows } = await client.query<{ count: string; samples: (string | null)[][] }>(countSql(rule, shape));
  const count = Number(rows[0]?.count);
  const of = shape.estimatedRows ?? (await countAll(client, shape));
  const limit = { rows: rule.atMostRows ?? limits.atMostRows, percent: rule.atMostPercent ?? limits.atMostPercent };
  return {
    rule,
    count,
    table: `${shape.schema}.${shape.name}`,
    of,
    columns: sampleColumns(rule, shape),
    samples: (rows[0]?.samples ?? []).map((row) => row.map((cell) => cell ?? '–')),
    beyond: rule.repair === undefined ? null : beyondLimit(rule.name, count, of, limit),
  };
}

async function countAll(client: pg.Client, shape: TableShape): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`SELECT count(*) AS count FROM ${tableName(shape)}`);
  return Number(rows[0]?.count);
}

/** @returns why a repair of `count` of `of` rows needs a person; null when it is within the limit. */
export function beyondLimit(
  name: string,
  count: number,
  of: number,
  limit: { readonly rows: number; readonly percent: number },
): string | null {
  if (count > limit.rows) return `${name}: ${count} rows, more than ${limit.rows}`;
  const percent = of === 0 ? 0 : (100 * count) / Math.max(of, count);
  return percent > limit.percent ? `${name}: ${percent.toFixed(1)} % of the table, more than ${limit.percent} %` : null;
}

function refuseUnknownColumns(rule: RowRule, shape: TableShape): void {
  const known = shape.columns.map(({ name }) => name);
  const unknown = [...rule.show, ...rule.keeps, ...writtenColumns(rule)].find((name) => !known.includes(name));
  const refusal = (why: string, hint: string) =>
    new KintsugiError('PLAN_INVALID', `The rule “${rule.name}” ${why}.`, {
      state: 'Nothing was stopped or changed.',
      hints: [hint],
    });
  if (unknown !== undefined)
    throw refusal(`names the column ${unknown}, which ${shape.schema}.${shape.name} does not have`, `it has ${known.join(', ')}`);
  const fixed = writtenColumns(rule).find(
    (name) => shape.key.includes(name) || shape.columns.some((column) => column.name === name && column.generated),
  );
  if (fixed !== undefined)
    throw refusal(
      `sets the column ${fixed}`,
      'a column of the primary key, or one that PostgreSQL works out itself, can’t be set',
    );
}

/** Lets PostgreSQL plan what the repair would run, without running it: a fault in it is told now, and not in the middle. */
async function tryOut(client: pg.Client, rule: RowRule, shape: TableShape): Promise<void> {
  const found = foundSql(rule, shape);
  const of = `${tableName(shape)} AS t`;
  if (rule.still !== undefined) await client.query(`EXPLAIN SELECT FROM ${of}, (${found}) AS found WHERE (${rule.still}\n)`);
  if (typeof rule.repair === 'object' && 'set' in rule.repair)
    for (const [column, expression] of Object.entries(rule.repair.set)) {
      const type = shape.columns.find(({ name }) => name === column)?.type;
      await client.query(`EXPLAIN SELECT (${expression}\n)::${type} FROM ${of}`);
    }
  for (const { sql } of rule.unchanged) {
    const query = unchangedSql(sql, `(SELECT 1 AS kintsugi_position, f.* FROM (${found}) AS f) AS numbered`);
    await client.query({ text: `EXPLAIN ${query.replace('$1', '0').replace('$2', '0')}` });
  }
}

async function lookAtObjects(client: pg.Client, rule: ObjectRule): Promise<FoundRule> {
  const wrong: [string, ObjectState, string][] = [];
  for (const object of rule.objects) {
    const state = await stateOfObject(client, object);
    const mend = object.definition === undefined ? 'no definition in the plan' : 'can be made';
    if (state !== 'well') wrong.push([describeObject(object), state, mend]);
  }
  const columns = ['what', 'state', 'repair'];
  return { rule, count: wrong.length, table: null, of: null, columns, samples: wrong, beyond: null };
}
