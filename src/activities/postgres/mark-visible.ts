import { maintainTables } from './maintain-tables.ts';
import type { ServerAccess } from './server.ts';

const tables = `
SELECT n.nspname AS schema, c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm') AND c.relpersistence = 'p' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
   AND pg_stat_get_last_vacuum_time(c.oid) IS NULL
 ORDER BY pg_relation_size(c.oid) DESC`;

/**
 * Lets PostgreSQL note which pages of a restored copy are visible to everybody, so that an index alone can answer: for the plan's checks
 * and the application's first queries alike (docs/decisions/0006-restore-settings.md). Autovacuum would do it minutes later, while the
 * application starts. Nothing was deleted yet, so no index is read. A table that is refused is only read more slowly.
 *
 * @throws errors of the server and of the connection, as pg throws them.
 */
export async function markVisible(access: ServerAccess, database: string, jobs: number): Promise<void> {
  await maintainTables(access, database, {
    statement: 'VACUUM (INDEX_CLEANUP OFF, TRUNCATE OFF)',
    tables,
    jobs,
    title: 'visibility',
  });
}
