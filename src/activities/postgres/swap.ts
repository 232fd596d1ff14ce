import type { StepInput, WorkerContext } from '../context.ts';
import { endSessions, requireFenced } from './fence.ts';
import { databaseNames, listDatabases, type Marker, markStatement } from './marker.ts';
import { identifier, serverAccess, withClient } from './server.ts';

export interface SwapEvidence {
  /** Name under which the replaced database is kept; null when there was none. */
  readonly replaced: string | null;
  readonly until: string;
  /** The statements, as run in one transaction; empty if an earlier attempt had done it. */
  readonly statements: readonly string[];
}

/**
 * Swaps the verified copy for the live database by renaming both in one transaction.
 *
 * Look, then act: the scratch database's marker goes in the same transaction, so "no scratch of this run" means done.
 *
 * @throws KintsugiError DATABASE_CHANGED when the live database is not the one that this run fenced.
 */
export async function swap(
  context: WorkerContext,
  input: StepInput & { until: string; comment: string | null },
): Promise<SwapEvidence> {
  const access = await serverAccess(context, input);
  const names = databaseNames(input.database, input.runId);
  return withClient(access, access.maintenance, async (client) => {
    const databases = await listDatabases(client);
    const scratch = databases.find((row) => row.name === names.scratch);
    const live = databases.find((row) => row.name === input.database);
    if (scratch === undefined) {
      const kept = databases.find((row) => row.name === names.replaced);
      return { replaced: kept?.name ?? null, until: kept?.marker?.until ?? input.until, statements: [] };
    }
    requireFenced(live, input.runId);
    const statements = [
      ...(live === undefined
        ? []
        : replaceStatements(live.name, names.replaced, input, live.marker === null ? live.comment : live.marker.comment)),
      `ALTER DATABASE ${identifier(names.scratch)} RENAME TO ${identifier(input.database)}`,
      `ALTER DATABASE ${identifier(input.database)} WITH ALLOW_CONNECTIONS true`,
      markStatement(input.database, null, input.comment),
    ];
    // A session on either side makes RENAME fail; the fence keeps new ones out of the live one, this of the copy.
    await client.query(`ALTER DATABASE ${identifier(names.scratch)} WITH ALLOW_CONNECTIONS false`);
    await endSessions(client, names.scratch);
    if (live !== undefined) await endSessions(client, live.name);
    await client.query('BEGIN');
    for (const statement of statements) await client.query(statement);
    await client.query('COMMIT');
    return { replaced: live === undefined ? null : names.replaced, until: input.until, statements };
  });
}

function replaceStatements(
  live: string,
  replaced: string,
  input: StepInput & { until: string },
  comment: string | null,
): string[] {
  const marker: Marker = {
    kind: 'replaced',
    workflowId: input.workflowId,
    runId: input.runId,
    at: new Date().toISOString(),
    of: input.database,
    until: input.until,
    comment,
  };
  // It stays closed: a client that wrote to the replaced database would lose what it wrote.
  return [
    `ALTER DATABASE ${identifier(live)} WITH ALLOW_CONNECTIONS false`,
    `ALTER DATABASE ${identifier(live)} RENAME TO ${identifier(replaced)}`,
    markStatement(replaced, marker),
  ];
}
