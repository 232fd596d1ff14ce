import type pg from 'pg';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { RowRule } from '../../plan/repairs.ts';
import { milliseconds } from '../../plan/units.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { serverAccess } from '../postgres/server.ts';
import { lockRepair, openQuarantine, type RepairRow } from './quarantine.ts';
import { collectSql, foundTable, quarantine, repairSql, unchangedSql } from './repair-sql.ts';
import { inSession, inTransaction, isOfRow, whenFree } from './session.ts';
import { readShape, type TableShape, tableName } from './table-shape.ts';

export interface RepairEvidence {
  readonly rule: string;
  readonly found: number;
  /** Rows that are repaired, each kept in the quarantine as it was. */
  readonly changed: number;
  /** Rows that were found and are left: written since, right again, or others hang on them. */
  readonly left: number;
  /** Rows that the table’s own triggers or constraints refused to change. */
  readonly refusals: number;
  /** Why; of the first ones. */
  readonly refused: readonly string[];
}

/** Reasons that are kept for people. */
const mostReasons = 20;

/**
 * Repairs the rows that a rule finds, in batches, each in a transaction of its own: the rows are asked again, copied whole to the quarantine and changed; how far it came is written in the same transaction. A killed
 * worker's successor goes on after the last batch that was committed.
 *
 * @throws KintsugiError DATABASE_BUSY when the application does not let go of the rows, REPAIR_FAILED when what must not change
 *   would have changed: that batch is rolled back.
 */
export async function repairRows(
  context: WorkerContext,
  input: StepInput & { rule: RowRule; incident: string | null },
): Promise<RepairEvidence> {
  const { plan, rule, runId } = input;
  const access = await serverAccess(context, { plan });
  let progress: RepairRow | null = null;
  return beating(
    () => ({
      text: progress === null ? `${rule.name}: finds` : `${rule.name}: ${progress.reached} of ${progress.found} rows`,
      ...(progress === null || progress.found === 0 ? {} : { fraction: progress.reached / progress.found }),
    }),
    (signal) =>
      inSession(access, input.database, signal, async (client) => {
        await openQuarantine(client, milliseconds(plan.repairs.keep), input.runId);
        await client.query(`SET lock_timeout = ${milliseconds(plan.repairs.lockWithin)}`);
        const shape = await readShape(client, rule.table, rule.schema ?? null, rule.name);
        const table = tableName(shape);
        await whenFree(client, table, () => inTransaction(client, '', () => collect(client, input, shape)));
        const batch = async (failed: number): Promise<RepairRow> => {
          const rows = Math.max(1, Math.floor(plan.repairs.batchRows / 2 ** failed));
          // One snapshot for the whole batch: what must not change is compared without what the application writes meanwhile.
          return inTransaction(client, 'ISOLATION LEVEL REPEATABLE READ', () => nextBatch(client, rule, shape, runId, rows));
        };
        do {
          signal.throwIfAborted();
          progress = await whenFree(client, table, batch);
        } while (!progress.ended);
        return evidence(rule, progress);
      }),
  );
}

function evidence(rule: RowRule, { found, changed, refusals, refused }: RepairRow): RepairEvidence {
  return { rule: rule.name, found, changed, left: found - changed - refusals, refusals, refused };
}

/** Writes down what the rule finds, once: look, then act. */
async function collect(
  client: pg.Client,
  { rule, workflowId, runId, incident }: StepInput & { rule: RowRule; incident: string | null },
  shape: TableShape,
): Promise<void> {
  if ((await lockRepair(client, runId, rule.name)) !== null) return;
  const { rows } = await client.query<{ id: string }>(
    `INSERT INTO ${quarantine}.repairs (workflow_id, run_id, incident, rule, table_schema, table_name, key_columns, column_names, column_types)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
    [
      ...[workflowId, runId, incident, rule.name, shape.schema, shape.name, shape.key],
      ...[shape.columns.map(({ name }) => name), shape.columns.map(({ type }) => type)],
    ],
  );
  const id = rows[0]?.id ?? '';
  const target = foundTable(id);
  const { rowCount } = await client.query(collectSql(rule, shape, target));
  await client.query(`ALTER TABLE ${target} ADD PRIMARY KEY (kintsugi_position)`);
  // Without statistics the planner would read the whole table for each batch.
  await client.query(`ANALYZE ${target}`);
  await client.query(`UPDATE ${quarantine}.repairs SET found = $2 WHERE id = $1`, [id, rowCount]);
}

async function nextBatch(client: pg.Client, rule: RowRule, shape: TableShape, runId: string, rows: number): Promise<RepairRow> {
  const progress = await lockRepair(client, runId, rule.name);
  if (progress === null) throw new TypeError(`the repair ${rule.name} was not begun`);
  if (progress.ended) return progress;
  // The rows of a batch are looked up by their key; with the cost of a turning disk the planner may read the whole table instead.
  await client.query('SET LOCAL random_page_cost = 1.1');
  const found = foundTable(progress.id);
  const [from, to] = [progress.reached, Math.min(progress.found, progress.reached + rows)];
  const before = await valuesOf(client, rule, found, from, to);
  const result = await repairRange(client, { text: repairSql(rule, shape, found), repair: progress.id }, from, to);
  refuseChange(rule, result.broken, before, await valuesOf(client, rule, found, from, to));
  const ended = to >= progress.found;
  const next: RepairRow = {
    ...progress,
    reached: to,
    changed: progress.changed + result.changed,
    refusals: progress.refusals + result.refused.length,
    refused: [...progress.refused, ...result.refused].slice(0, mostReasons),
    ended,
  };
  await client.query(
    `UPDATE ${quarantine}.repairs SET reached = $2, changed = $3, refusals = $4, refused = $5,
            ended_at = CASE WHEN $6 THEN clock_timestamp() END WHERE id = $1`,
    [next.id, next.reached, next.changed, next.refusals, JSON.stringify(next.refused), ended],
  );
  if (ended) await client.query(`DROP TABLE ${found}`);
  return next;
}

interface RangeResult {
  readonly changed: number;
  readonly broken: number;
  readonly refused: readonly string[];
}

/** Repairs a range; one row that a trigger or a constraint refuses is searched for by halves, and the others go through. */
async function repairRange(
  client: pg.Client,
  statement: { readonly text: string; readonly repair: string },
  from: number,
  to: number,
): Promise<RangeResult> {
  if (from >= to) return { changed: 0, broken: 0, refused: [] };
  await client.query('SAVEPOINT range');
  try {
    const { rows } = await client.query<{ changed: string; broken: string }>(statement.text, [from, to, statement.repair]);
    await client.query('RELEASE SAVEPOINT range');
    return { changed: Number(rows[0]?.changed), broken: Number(rows[0]?.broken), refused: [] };
  } catch (error) {
    if (!isOfRow(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT range; RELEASE SAVEPOINT range');
    if (to - from === 1) return { changed: 0, broken: 0, refused: [(error as Error).message.slice(0, 200)] };
    const middle = from + Math.floor((to - from) / 2);
    const first = await repairRange(client, statement, from, middle);
    const second = await repairRange(client, statement, middle, to);
    return {
      changed: first.changed + second.changed,
      broken: first.broken + second.broken,
      refused: [...first.refused, ...second.refused],
    };
  }
}

async function valuesOf(client: pg.Client, rule: RowRule, found: string, from: number, to: number): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  for (const { sql } of rule.unchanged) {
    const { rows } = await client.query<{ value: string | null }>(unchangedSql(sql, found), [from, to]);
    values.push(rows[0]?.value ?? null);
  }
  return values;
}

function refuseChange(rule: RowRule, broken: number, before: readonly unknown[], after: readonly unknown[]): void {
  const changed = rule.unchanged.flatMap(({ name }, at) =>
    before[at] === after[at] ? [] : [`“${name}” was ${String(before[at])} and would be ${String(after[at])}`],
  );
  if (broken > 0) changed.push(`${broken} rows would have other values in ${rule.keeps.join(', ')}`);
  if (changed.length === 0) return;
  throw new KintsugiError(
    'REPAIR_FAILED',
    `The repair “${rule.name}” would change what must not change: ${changed.join('; ')}.`,
    {
      hints: [`look at the rule “${rule.name}” of the plan`, 'kintsugi recover repair --dry-run'],
    },
  );
}
