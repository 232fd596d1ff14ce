import type pg from 'pg';
import type { Repairs } from '../../corruption/assess.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { identifier, literal, serverAccess, withClient } from '../postgres/server.ts';
import { isOfStatement, textOf } from './attempt.ts';
import { uniqueness } from './check-index.ts';
import { readConstraints } from './constraints.ts';
import { readIndexes } from './relations.ts';

const quarantineSchema = 'kintsugi_quarantine';

export interface Quarantined {
  /** Quoted table that holds the rows. */
  readonly table: string;
  readonly of: string;
  readonly rows: number;
  /** The first of them, as text. */
  readonly samples: readonly string[];
  readonly statements: readonly string[];
}

type Surplus = Repairs['quarantine'][number];
type QuarantineInput = StepInput & { readonly surplus: Surplus };

/**
 * Moves the rows that are too many for a unique index into a quarantine, whole, all but the oldest of each group, and builds the
 * index anew: all in one transaction, while nobody else writes to the table. Run twice, it ends in the same state.
 *
 * @throws KintsugiError REPAIR_FAILED where rows of another table hang on one of them: then nothing was moved.
 */
export async function quarantineSurplus(context: WorkerContext, input: QuarantineInput): Promise<Quarantined> {
  const access = await serverAccess(context, input);
  const { schema, table, index } = input.surplus;
  const of = `${schema}.${table}`;
  const kept = `${identifier(quarantineSchema)}.${identifier(`${index.slice(0, 50)}_${input.runId.slice(-8)}`)}`;
  return beating(
    () => ({ text: `rows of ${of} into the quarantine` }),
    () =>
      withClient(access, input.database, async (client) => {
        // All is in one transaction: a table that is there means that an attempt before did it, and was not heard.
        const { rows } = await client.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [kept]);
        const statements = rows[0]?.there === true ? [] : await moveAway(client, input, kept);
        const moved = await client.query<{ rows: string }>(`SELECT count(*) AS rows FROM ${kept}`);
        const samples = await client.query<{ row: string }>(`SELECT q::text AS row FROM ${kept} AS q LIMIT 5`);
        return { table: kept, of, rows: Number(moved.rows[0]?.rows), samples: samples.rows.map(({ row }) => row), statements };
      }),
  );
}

async function moveAway(client: pg.Client, input: QuarantineInput, kept: string): Promise<string[]> {
  const statements: string[] = [];
  const run = async (sql: string): Promise<void> => {
    await client.query(sql);
    statements.push(sql);
  };
  try {
    await client.query('BEGIN');
    // Neither may an index be used that is not to be trusted, nor a trigger or a cascade change anything else.
    await client.query(
      `SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '5min'; SET LOCAL session_replication_role = replica; SET LOCAL row_security = off;
       SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off; SET LOCAL enable_bitmapscan = off`,
    );
    const { schema, table, index } = input.surplus;
    const name = `${identifier(schema)}.${identifier(table)}`;
    await run(`LOCK TABLE ${name} IN SHARE ROW EXCLUSIVE MODE`);
    const surplus = await surplusOf(client, input.surplus, name);
    await run(`CREATE SCHEMA IF NOT EXISTS ${identifier(quarantineSchema)}`);
    await run(
      `CREATE TABLE ${kept} AS SELECT now() AS quarantined_at, ${literal(input.workflowId)}::text AS quarantined_by, ${literal(`too many for ${index}`)}::text AS quarantined_why, t.* FROM ONLY ${name} AS t WHERE ctid IN (${surplus})`,
    );
    await run(`DELETE FROM ONLY ${name} WHERE ctid IN (${surplus})`);
    await refuseOrphans(client, name);
    await run(`REINDEX INDEX ${identifier(schema)}.${identifier(index)}`);
    await client.query('COMMIT');
    return statements;
  } catch (error) {
    if (!isOfStatement(error)) throw error;
    throw new KintsugiError(
      'REPAIR_FAILED',
      `No row of ${input.surplus.schema}.${input.surplus.table} was moved: ${textOf(error)}.`,
      {
        hints: ['kintsugi recover corruption --restore   # from a backup instead'],
      },
    );
  }
}

/** @returns the query for the rows that are too many: of each group all but the first by its primary key. */
async function surplusOf(client: pg.Client, { schema, index }: Surplus, table: string): Promise<string> {
  const found = (await readIndexes(client)).find((each) => each.schema === schema && each.name === index);
  if (found === undefined) throw new KintsugiError('REPAIR_FAILED', `There is no index ${schema}.${index} any more.`);
  const { group, where } = uniqueness(found);
  const key = await client.query<{ columns: string | null }>(
    `SELECT string_agg(format('%I', a.attname), ', ' ORDER BY k.n) AS columns
       FROM pg_constraint c, unnest(c.conkey) WITH ORDINALITY AS k(key, n), pg_attribute a
      WHERE c.conrelid = to_regclass($1) AND c.contype = 'p' AND a.attrelid = c.conrelid AND a.attnum = k.key`,
    [table],
  );
  const order = [key.rows[0]?.columns ?? null, 'ctid'].filter((part) => part !== null).join(', ');
  return `SELECT ctid FROM (SELECT ctid, row_number() OVER (PARTITION BY ${group} ORDER BY ${order}) AS place FROM ONLY ${table} WHERE ${where}) AS ranked WHERE place > 1`;
}

/** @throws KintsugiError REPAIR_FAILED where rows of other tables refer to a row that is no longer there. */
async function refuseOrphans(client: pg.Client, table: string): Promise<void> {
  const { rows } = await client.query<{ oid: string }>('SELECT to_regclass($1)::oid::int8::text AS oid', [table]);
  const referring = (await readConstraints(client)).filter(({ parent }) => parent === Number(rows[0]?.oid));
  for (const constraint of referring) {
    const of = await client.query<{ name: string }>('SELECT $1::oid::regclass::text AS name', [constraint.table]);
    const left = await client.query(`SELECT FROM ONLY ${of.rows[0]?.name} AS t WHERE ${constraint.broken} LIMIT 1`);
    if (left.rowCount === 0) continue;
    throw new KintsugiError(
      'REPAIR_FAILED',
      `A row of ${table} that is too many is referred to by ${of.rows[0]?.name} (${constraint.name}): which one stays, a person must decide.`,
      { state: 'No row was moved.' },
    );
  }
}
