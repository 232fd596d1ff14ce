import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { inLanes } from './lanes.ts';
import { databaseNames } from './marker.ts';
import { identifier, serverAccess, withClient } from './server.ts';

export interface AnalyzeEvidence {
  /** Tables whose statistics were gathered by this attempt. */
  readonly tables: number;
  /** Tables that PostgreSQL refused to analyze, each with its reason: queries on them plan worse, nothing else. */
  readonly refused: readonly string[];
}

// ANALYZE of a partitioned table does its partitions too; vacuumdb leaves partitioned tables out, and their queries plan blindly.
const tablesSql = `
SELECT n.nspname AS schema, c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'm', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
   AND pg_stat_get_last_analyze_time(c.oid) IS NULL
 ORDER BY pg_total_relation_size(c.oid) DESC`;

/**
 * Gathers statistics of the restored copy: pg_restore brings none, and the first queries would plan blindly. Tables that an
 * earlier attempt analyzed are left out. It reads a sample of each table, so its time does not grow with their size.
 *
 * @throws KintsugiError CONNECTION_LOST
 */
export async function analyze(context: WorkerContext, input: StepInput): Promise<AnalyzeEvidence> {
  const access = await serverAccess(context, input);
  const { scratch } = databaseNames(input.database, input.runId);
  const tables = await withClient(
    access,
    scratch,
    async (client) => (await client.query<{ schema: string; name: string }>(tablesSql)).rows,
  );
  let done = 0;
  const refused: string[] = [];
  await beating(
    () => ({ text: `statistics: ${done} of ${tables.length} tables`, fraction: done / Math.max(1, tables.length) }),
    (signal) =>
      inLanes(access, scratch, tables, { width: input.plan.restore.jobs, signal }, async (client, { schema, name }) => {
        const table = `${identifier(schema)}.${identifier(name)}`;
        try {
          await client.query(`ANALYZE ${table}`);
        } catch (error) {
          if (!isRefusal(error) || signal.aborted) throw error;
          refused.push(`${table}: ${error.message}`);
        }
        done += 1;
      }),
  );
  return { tables: tables.length - refused.length, refused };
}

/** An error of the statement (the function of an index fails, say), not of the server or the connection. */
function isRefusal(error: unknown): error is Error {
  const { code } = error as { code?: string };
  return error instanceof Error && code !== undefined && /^(?!57|58|08|53|XX)[0-9A-Z]{5}$/.test(code);
}
