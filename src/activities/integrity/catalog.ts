import type pg from 'pg';
import { backupsFolder } from '../../catalog/layout.ts';
import { listBackups } from '../../catalog/list.ts';
import { milliseconds } from '../../plan/units.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { serverAccess } from '../postgres/server.ts';
import { inSession } from '../repairs/session.ts';

export interface CatalogLook {
  /** Indexes that are not used, constraints that were never validated, triggers that do not fire; for people. */
  readonly invalid: readonly string[];
  /** What the newest backup has and the database has not, as pg_dump names it. */
  readonly missing: readonly string[];
  /** Which backup that is; null without one. */
  readonly comparedWith: string | null;
  /** Pages whose checksum was wrong since the statistics were reset; null where checksums are off. */
  readonly checksumFailures: number | null;
  /** Rows of the biggest tables, by the server's statistics. */
  readonly rows: Readonly<Record<string, number>>;
}

const invalidSql = `
SELECT 'index ' || indexrelid::regclass || ' is not valid' AS what FROM pg_index
 WHERE NOT (indisvalid AND indisready) AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = indexrelid)
UNION ALL SELECT 'constraint ' || conname || ' on ' || coalesce(nullif(conrelid, 0)::regclass::text, contypid::regtype::text) || ' was never validated'
  FROM pg_constraint WHERE NOT convalidated
UNION ALL SELECT 'trigger ' || tgname || ' on ' || tgrelid::regclass || ' is disabled' FROM pg_trigger WHERE tgenabled = 'D' AND NOT tgisinternal
ORDER BY 1`;

// As pg_dump names its entries: docs/decisions/0012-what-verify-compares.md.
const objectsSql = `
SELECT 'FUNCTION ' || nspname || '.' || proname || '(' || oidvectortypes(proargtypes) || ')' AS what FROM pg_proc p JOIN pg_namespace n ON n.oid = pronamespace
UNION ALL SELECT 'TRIGGER ' || nspname || '.' || relname || ' ' || tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid JOIN pg_namespace n ON n.oid = relnamespace
UNION ALL SELECT 'INDEX ' || nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind IN ('i', 'I')
UNION ALL SELECT CASE contype WHEN 'f' THEN 'FK ' ELSE '' END || 'CONSTRAINT ' || nspname || '.' || relname || ' ' || conname
  FROM pg_constraint JOIN pg_class c ON c.oid = conrelid JOIN pg_namespace n ON n.oid = relnamespace`;
const comparable = /^(FUNCTION|TRIGGER|INDEX|(FK )?CONSTRAINT) /;

/** Looks at what PostgreSQL's catalog says of itself, and whether something is missing that the newest backup has. Reads only. */
export async function lookAtCatalog(context: WorkerContext, input: StepInput): Promise<CatalogLook> {
  const { plan, database } = input;
  const access = await serverAccess(context, { plan });
  const backups = await listBackups(backupsFolder(context, plan));
  const newest = backups.find(
    (entry) =>
      entry.state === 'whole' && entry.manifest.stack === plan.stack.project && entry.manifest.database.name === database,
  );
  const expected = newest?.state === 'whole' ? Object.keys(newest.manifest.schema.objects) : [];
  return beating(
    () => ({ text: 'the catalog' }),
    (signal) =>
      inSession(access, database, signal, async (client) => {
        await client.query(
          `SET search_path = pg_catalog; SET statement_timeout = ${milliseconds(plan.integrity.statementWithin)}`,
        );
        const there = new Set(await texts(client, objectsSql));
        return {
          invalid: await texts(client, invalidSql),
          missing: expected.filter((name) => comparable.test(name) && !there.has(name)),
          comparedWith: newest?.id ?? null,
          checksumFailures: await checksumFailures(client),
          rows: await rowsOf(client),
        };
      }),
  );
}

async function texts(client: pg.Client, sql: string): Promise<string[]> {
  return (await client.query<{ what: string }>(sql)).rows.map(({ what }) => what);
}

async function checksumFailures(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query<{ on: boolean; failures: string | null }>(
    `SELECT current_setting('data_checksums') = 'on' AS on, checksum_failures AS failures FROM pg_stat_database WHERE datname = current_database()`,
  );
  return rows[0]?.on === true ? Number(rows[0].failures ?? 0) : null;
}

async function rowsOf(client: pg.Client): Promise<Record<string, number>> {
  const { rows } = await client.query<{ name: string; rows: string }>(
    `SELECT schemaname || '.' || relname AS name, n_live_tup AS rows FROM pg_stat_user_tables
      WHERE schemaname <> 'kintsugi_quarantine' ORDER BY n_live_tup DESC, 1 LIMIT 10`,
  );
  return Object.fromEntries(rows.map(({ name, rows: count }) => [name, Number(count)]));
}
