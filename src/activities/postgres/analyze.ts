import type { StepInput, WorkerContext } from '../context.ts';
import { type Maintained, maintainTables } from './maintain-tables.ts';
import { databaseNames } from './marker.ts';
import { serverAccess } from './server.ts';

// ANALYZE of a partitioned table does its partitions too; vacuumdb leaves partitioned tables out, and their queries plan blindly.
const tables = `
SELECT n.nspname AS schema, c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
   AND pg_stat_get_last_analyze_time(c.oid) IS NULL
 ORDER BY pg_total_relation_size(c.oid) DESC`;

/**
 * Gathers statistics of the restored copy: pg_restore brings none, and the first queries would plan blindly. Tables that an
 * earlier attempt analyzed are left out. It reads a sample of each table, so its time does not grow with their size.
 * Queries on a table that is refused plan worse, nothing else.
 *
 * @throws KintsugiError CONNECTION_LOST
 */
export async function analyze(context: WorkerContext, input: StepInput): Promise<Maintained> {
  const access = await serverAccess(context, input);
  const { scratch } = databaseNames(input.database, input.runId);
  return maintainTables(access, scratch, {
    statement: 'ANALYZE',
    tables,
    jobs: input.plan.restore.jobs,
    title: 'statistics',
  });
}
