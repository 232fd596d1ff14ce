import type pg from 'pg';
import type { IndexRepair, Repairs } from '../../corruption/assess.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { identifier, serverAccess, withClient } from '../postgres/server.ts';
import { isOfStatement, textOf } from './attempt.ts';

export interface Repaired {
  readonly done: readonly string[];
  readonly statements: readonly string[];
}

/**
 * Makes anew what can be made from whole rows: indexes, materialized views; validates constraints that no row breaks; then vacuums
 * and analyzes the tables. Only what the examination named is touched. An index that is built beside the old one does not stop the
 * application, and the old one stays until the new one is whole. Run twice, it ends in the same state.
 *
 * @throws KintsugiError REPAIR_FAILED naming the object and PostgreSQL's reason: what was there is there still.
 */
export async function repairInPlace(context: WorkerContext, input: StepInput & { repairs: Repairs }): Promise<Repaired> {
  const access = await serverAccess(context, input);
  const { reindex, refresh, validate } = input.repairs;
  const statements: string[] = [];
  const done: string[] = [];
  let at = '';
  await beating(
    () => ({ text: at }),
    () =>
      withClient(access, input.database, async (client) => {
        await client.query("SET statement_timeout = 0; SET lock_timeout = '5min'");
        const run = async (what: string, sql: string): Promise<void> => {
          at = what;
          await act(client, what, sql);
          statements.push(sql);
          done.push(what);
        };
        for (const index of reindex) {
          const name = `${identifier(index.schema)}.${identifier(index.name)}`;
          await dropRemains(client, index);
          await run(
            `${index.schema}.${index.name} built anew`,
            `REINDEX INDEX ${index.concurrently ? 'CONCURRENTLY ' : ''}${name}`,
          );
        }
        for (const { schema, name } of refresh)
          await run(`${schema}.${name} refreshed`, `REFRESH MATERIALIZED VIEW ${identifier(schema)}.${identifier(name)}`);
        for (const { schema, table, constraint } of validate)
          await run(
            `${constraint} of ${schema}.${table} validated`,
            `ALTER TABLE ${identifier(schema)}.${identifier(table)} VALIDATE CONSTRAINT ${identifier(constraint)}`,
          );
        for (const table of tablesOf(input.repairs)) await run(`${table} vacuumed`, `VACUUM (ANALYZE) ${table}`);
      }),
  );
  return { done, statements };
}

function tablesOf({ reindex, validate, quarantine }: Repairs): string[] {
  const names = [
    ...reindex.filter(({ concurrently }) => concurrently).map(({ table }) => split(table)),
    ...[...validate, ...quarantine].map(({ schema, table }) => [schema, table] as const),
  ];
  return [...new Set(names.map(([schema, table]) => `${identifier(schema)}.${identifier(table)}`))];
}

function split(table: string): readonly [string, string] {
  const dot = table.indexOf('.');
  return [table.slice(0, dot), table.slice(dot + 1)];
}

/** An attempt whose session ended leaves its half-built index behind, invalid, beside the old one. */
async function dropRemains(client: pg.Client, { schema, name }: IndexRepair): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT c.relname AS name FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE NOT i.indisvalid AND n.nspname = $1 AND c.relname ~ ('^' || regexp_replace(left($2, 50), '(\\W)', '\\\\\\1', 'g') || '.*_cc(new|old)[0-9]*$')`,
    [schema, name],
  );
  for (const left of rows) await client.query(`DROP INDEX CONCURRENTLY IF EXISTS ${identifier(schema)}.${identifier(left.name)}`);
}

async function act(client: pg.Client, what: string, sql: string): Promise<void> {
  try {
    await client.query(sql);
  } catch (error) {
    if (!isOfStatement(error)) throw error;
    throw new KintsugiError('REPAIR_FAILED', `Not ${what}: ${textOf(error)}.`, {
      hints: [
        'kintsugi recover corruption   # examines again',
        'kintsugi recover corruption --restore   # from a backup instead',
      ],
    });
  }
}
