import type pg from 'pg';
import { readHistory } from '../../integrity/history.ts';
import { nextRelations, type Relation } from '../../integrity/rotation.ts';
import { lastReadOf } from '../../integrity/trend.ts';
import { milliseconds } from '../../plan/units.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { identifier, serverAccess } from '../postgres/server.ts';
import { inSession, stateOf } from '../repairs/session.ts';

export interface RelationsRead {
  /** Tables and indexes that were read to their end, damaged or not. */
  readonly read: readonly string[];
  /** What is damaged: its name, and what amcheck says. */
  readonly damaged: readonly (readonly [name: string, what: string])[];
  /** Those that were chosen and not read, as the time was over or one query took too long. */
  readonly left: readonly string[];
  /** Tables and indexes that there are. */
  readonly of: number;
  /** Why nothing was read; null if it was. */
  readonly why: string | null;
}

interface Found extends Relation {
  readonly oid: number;
}

// Of partitioned and foreign tables there is nothing to read; of a toast table, its table reads it.
const relationsSql = `
SELECT c.oid, n.nspname || '.' || c.relname AS name, CASE c.relkind WHEN 'i' THEN 'index' ELSE 'table' END AS kind, pg_relation_size(c.oid) AS bytes
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am a ON a.oid = c.relam LEFT JOIN pg_index i ON i.indexrelid = c.oid
 WHERE c.relpersistence = 'p' AND n.nspname <> 'pg_toast'
   AND (c.relkind IN ('r', 'm') AND a.amname = 'heap' OR c.relkind = 'i' AND a.amname = 'btree' AND i.indisvalid AND i.indisready)`;

/** Of one table, more would not help anybody. */
const mostProblems = 20;

/**
 * Reads tables and indexes with amcheck, those first that were read longest ago, over one connection and within the plan's limits.
 *
 * The extension is made in the transaction that uses it, which is rolled back: the database is left as it is.
 */
export async function readRelations(context: WorkerContext, input: StepInput): Promise<RelationsRead> {
  const { plan, database } = input;
  const access = await serverAccess(context, { plan });
  const history = await readHistory(context.stateFolder, database);
  const end = Date.now() + milliseconds(plan.integrity.within);
  const [read, left]: [string[], string[]] = [[], []];
  const damaged: [string, string][] = [];
  let text = 'chooses';
  return beating(
    () => ({ text }),
    (signal) =>
      inSession(access, database, signal, async (client) => {
        await client.query(
          `SET search_path = pg_catalog; SET statement_timeout = ${milliseconds(plan.integrity.statementWithin)}`,
        );
        const { rows } = await client.query<Found & { bytes: string }>(relationsSql);
        const all = rows.map((row) => ({ ...row, bytes: Number(row.bytes) }));
        const amcheck = await client.query("SELECT FROM pg_available_extensions WHERE name = 'amcheck'");
        if (amcheck.rowCount === 0)
          return { read, damaged, left, of: all.length, why: 'the server has no amcheck (its image lacks the contrib modules)' };
        const chosen = nextRelations(all, lastReadOf(history), plan.integrity.coverIn) as Found[];
        for (const [at, relation] of chosen.entries()) {
          signal.throwIfAborted();
          text = `${relation.name}: ${at} of ${chosen.length}`;
          const problems = Date.now() > end ? null : await problemsOf(client, relation);
          if (problems === null) left.push(relation.name);
          else {
            read.push(relation.name);
            damaged.push(...problems.map((what): [string, string] => [relation.name, what]));
          }
        }
        return { read, damaged, left, of: all.length, why: null };
      }),
  );
}

/** @returns what is wrong with a table or an index; null when it could not be read within the time of one query. */
async function problemsOf(client: pg.Client, { oid, kind }: Found): Promise<string[] | null> {
  await client.query('BEGIN');
  try {
    await client.query('CREATE EXTENSION IF NOT EXISTS amcheck SCHEMA public');
    const { rows: where } = await client.query<{ schema: string }>(
      "SELECT nspname AS schema FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'amcheck'",
    );
    const schema = identifier(where[0]?.schema ?? 'public');
    if (kind === 'index') {
      await client.query(`SELECT ${schema}.bt_index_check($1::oid::regclass)`, [oid]);
      return [];
    }
    const { rows } = await client.query<{ what: string }>(
      `SELECT format('block %s, row %s: %s', blkno, offnum, msg) AS what FROM ${schema}.verify_heapam($1::oid::regclass, check_toast => true) LIMIT ${mostProblems}`,
      [oid],
    );
    return rows.map(({ what }) => what);
  } catch (error) {
    const state = stateOf(error) ?? '';
    // It was dropped meanwhile, or it takes too long.
    if (state === '57014' || /^(42|0A)/.test(state)) return null;
    if (/^(XX|58P01|22)/.test(state)) return [(error as Error).message];
    throw error;
  } finally {
    await client.query('ROLLBACK').catch(() => undefined);
  }
}
