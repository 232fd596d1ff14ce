import { beating } from '../backups/beat.ts';
import { inLanes } from './lanes.ts';
import { identifier, type ServerAccess, withClient } from './server.ts';

export interface MaintenanceWork {
  /** The statement, to which the table's name is added. */
  readonly statement: string;
  /** SQL that lists the tables as `schema` and `name`, those that take longest first; without those that an earlier attempt did. */
  readonly tables: string;
  /** Connections at most. */
  readonly jobs: number;
  /** What it is, for the progress: `statistics`. */
  readonly title: string;
}

export interface Maintained {
  /** Tables that were done by this attempt. */
  readonly tables: number;
  /** Tables that PostgreSQL refused, each with its reason. */
  readonly refused: readonly string[];
}

/**
 * Runs one statement on every table of a database, over several connections, with heartbeats. A table that PostgreSQL refuses
 * does not keep the others from it.
 *
 * @throws errors of the server and of the connection, as pg throws them.
 */
export async function maintainTables(access: ServerAccess, database: string, work: MaintenanceWork): Promise<Maintained> {
  const tables = await withClient(
    access,
    database,
    async (client) => (await client.query<{ schema: string; name: string }>(work.tables)).rows,
  );
  let done = 0;
  const refused: string[] = [];
  await beating(
    () => ({ text: `${work.title}: ${done} of ${tables.length} tables`, fraction: done / Math.max(1, tables.length) }),
    (signal) =>
      inLanes(access, database, tables, { width: work.jobs, signal }, async (client, { schema, name }) => {
        const table = `${identifier(schema)}.${identifier(name)}`;
        try {
          await client.query(`${work.statement} ${table}`);
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
