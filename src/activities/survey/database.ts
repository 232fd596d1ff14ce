import type pg from 'pg';
import type { DatabaseFacts } from '../../diagnosis/facts.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import type { WorkerContext } from '../context.ts';
import { listDatabases } from '../postgres/marker.ts';
import { runChecks } from '../postgres/plan-checks.ts';
import { serverAccess, withClient } from '../postgres/server.ts';

/** What is known of a database that was not asked. */
export const noDatabase = {
  databases: [],
  open: null,
  connections: null,
  archiveFailing: null,
  failedChecks: [],
  invalidIndexes: [],
  migration: null,
};

const unknown: DatabaseFacts = { problem: null, ...noDatabase };

/** Someone waits for the answer, and the server may have other worries. */
const statementMs = 10_000;

/** @returns what the database server tells. That it does not answer is a fact, too. Only reads. */
export async function lookAtDatabase(context: WorkerContext, plan: Plan): Promise<DatabaseFacts> {
  const { name } = plan.database;
  try {
    const access = await serverAccess(context, { plan });
    const server = await withClient(access, access.maintenance, async (client) => {
      const databases = await listDatabases(client);
      return {
        databases: databases.map((row) => row.name),
        open: databases.find((row) => row.name === name)?.allowConnections ?? null,
        ...(await serverFacts(client)),
      };
    });
    if (server.open !== true) return { ...unknown, ...server };
    const inside = await withClient(access, name, async (client) => {
      await client.query(`SET statement_timeout = ${statementMs}; SET default_transaction_read_only = on`);
      return { ...(await contentFacts(client)), failedChecks: await failedChecks(client, plan) };
    });
    return { ...unknown, ...server, ...inside };
  } catch (error) {
    const said = error instanceof KintsugiError ? error.message : `the server answers with an error: ${(error as Error).message}`;
    return { ...unknown, problem: said };
  }
}

async function serverFacts(client: pg.Client): Promise<Pick<DatabaseFacts, 'connections' | 'archiveFailing'>> {
  const { rows } = await client.query<{ used: string; most: string; failing: Date | null }>(
    `SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
            current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most,
            (SELECT last_failed_time FROM pg_stat_archiver
              WHERE current_setting('archive_mode') <> 'off' AND last_failed_time > coalesce(last_archived_time, '-infinity')) AS failing`,
  );
  const [row] = rows;
  return {
    // This connection of ours is one of them.
    connections: row === undefined ? null : { used: Number(row.used) - 1, most: Number(row.most) },
    archiveFailing: row?.failing?.toISOString() ?? null,
  };
}

async function contentFacts(client: pg.Client): Promise<Pick<DatabaseFacts, 'invalidIndexes' | 'migration'>> {
  const indexes = await client.query<{ name: string }>(
    `SELECT indexrelid::regclass::text AS name FROM pg_index
      WHERE NOT indisvalid AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index AS busy WHERE busy.index_relid = indexrelid)
      ORDER BY 1`,
  );
  const table = await client.query<{ there: boolean }>("SELECT to_regclass('alembic_version') IS NOT NULL AS there");
  const migration = table.rows[0]?.there
    ? (await client.query<{ version: string }>('SELECT version_num AS version FROM alembic_version ORDER BY 1')).rows
    : null;
  return { invalidIndexes: indexes.rows.map(({ name }) => name), migration: migration?.map(({ version }) => version) ?? null };
}

/** Each by itself: one that fails must not hide the others. */
async function failedChecks(client: pg.Client, { checks }: Plan): Promise<{ name: string; said: string }[]> {
  const failed: { name: string; said: string }[] = [];
  for (const check of checks) {
    try {
      await runChecks(client, [check], statementMs);
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      // What took too long is not known to be wrong.
      if ((error as { code?: string }).code === '57014') continue;
      failed.push({
        name: check.name,
        said: (error as Error).message.replace(' in the restored copy', '').replace(' on the restored copy', ''),
      });
    }
  }
  return failed;
}
