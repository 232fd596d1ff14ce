import { milliseconds } from '../../plan/units.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { identifier, serverAccess, withClient } from '../postgres/server.ts';
import { describeBlocker, waitingSessions } from './locks.ts';
import { requireMigrations } from './tool-job.ts';

/** An index that `CREATE INDEX CONCURRENTLY` began and did not end: it costs every write and serves no read. */
export interface InvalidIndex {
  readonly schema: string;
  readonly name: string;
  readonly table: string;
  /** Its statement, so that it can be made again. */
  readonly definition: string;
}

const invalidSql = `
  SELECT n.nspname AS schema, c.relname AS name, i.indrelid::regclass::text AS table, pg_get_indexdef(i.indexrelid) AS definition
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE NOT i.indisvalid AND c.relkind = 'i' AND n.nspname !~ '^pg_'
     AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid)
     AND NOT EXISTS (SELECT FROM pg_inherits h WHERE h.inhrelid = i.indexrelid)
     AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = i.indexrelid)
   ORDER BY 1, 2`;

/**
 * Looks for what a migration leaves when it stops outside of a transaction, and for sessions that hold others up. Indexes that are
 * being built at this moment, that belong to a constraint or to a partitioned index are not meant.
 */
export async function findHalfDone(
  context: WorkerContext,
  input: StepInput,
): Promise<{ invalid: InvalidIndex[]; waiting: { query: string; waitsFor: string }[] }> {
  const access = await serverAccess(context, input);
  return withClient(access, input.database, async (client) => {
    const { rows } = await client.query<InvalidIndex>(invalidSql);
    const waiting = (await waitingSessions(client)).map(({ query, blockers }) => ({
      query,
      waitsFor: blockers.map(describeBlocker).join('; '),
    }));
    return { invalid: rows, waiting };
  });
}

/** Drops indexes, if they are still there and still invalid; reads and writes go on meanwhile. */
export async function dropInvalidIndexes(
  context: WorkerContext,
  input: StepInput & { indexes: readonly InvalidIndex[] },
): Promise<{ statements: string[] }> {
  const { migrations } = requireMigrations(input.plan);
  const access = await serverAccess(context, input);
  return withClient(access, input.database, async (client) => {
    const { rows } = await client.query<InvalidIndex>(invalidSql);
    const there = input.indexes.filter(({ schema, name }) => rows.some((row) => row.schema === schema && row.name === name));
    const statements = there.map(({ schema, name }) => `DROP INDEX CONCURRENTLY ${identifier(schema)}.${identifier(name)}`);
    await client.query(`SET lock_timeout = ${milliseconds(migrations.lockTimeout)}`);
    for (const statement of statements) await client.query(statement);
    return { statements };
  });
}
