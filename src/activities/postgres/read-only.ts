import { heartbeat } from '@temporalio/activity';
import type pg from 'pg';
import type { StepInput, WorkerContext } from '../context.ts';
import { endSessions } from './fence.ts';
import { listDatabases, markStatement, writesAsBefore } from './marker.ts';
import { identifier, serverAccess, withClient } from './server.ts';

export interface HeldWrites {
  /** False when there is no such database: nothing to hold back. */
  readonly existed: boolean;
  readonly sessionsEnded: number;
  readonly statements: readonly string[];
}

/**
 * Holds back the writes of all who work with a database, also of clients outside the stack: new transactions are read-only by
 * default, and the sessions that were there are ended, so that none goes on with the former default. Gentler than the fence: the
 * database can still be read, by the recovery too. A client that asks for a writing transaction by name gets one; the fence, which
 * comes before the swap, is what shuts everybody out.
 *
 * Run twice, it ends in the same state.
 */
export async function holdWrites(context: WorkerContext, input: StepInput): Promise<HeldWrites> {
  const access = await serverAccess(context, input);
  return withClient(access, access.maintenance, async (client) => {
    const live = (await listDatabases(client)).find((row) => row.name === input.database);
    if (live === undefined) return { existed: false, sessionsEnded: 0, statements: [] };
    const statements: string[] = [];
    const isOurs = live.marker?.kind === 'readOnly' && live.marker.runId === input.runId;
    if (!isOurs) {
      statements.push(
        markStatement(input.database, {
          kind: 'readOnly',
          workflowId: input.workflowId,
          runId: input.runId,
          at: new Date().toISOString(),
          of: input.database,
          readOnlyBefore: await ownSetting(client, input.database),
          comment: live.marker === null ? live.comment : live.marker.comment,
        }),
        `ALTER DATABASE ${identifier(input.database)} SET default_transaction_read_only = on`,
      );
      // With its marker: a setting without one could not be told from an administrator's own.
      await client.query('BEGIN');
      for (const statement of statements) await client.query(statement);
      await client.query('COMMIT');
    }
    heartbeat({ text: 'ending sessions' });
    return { existed: true, sessionsEnded: await endSessions(client, input.database), statements };
  });
}

async function ownSetting(client: pg.Client, database: string): Promise<string | null> {
  const { rows } = await client.query<{ text: string }>(
    `SELECT text FROM pg_db_role_setting s, unnest(setconfig) AS text
      WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = $1) AND text LIKE 'default\\_transaction\\_read\\_only=%'`,
    [database],
  );
  return rows[0]?.text.replace(/^[^=]*=/, '') ?? null;
}

/** Lets writes go on, if this run holds them back. @returns whether there was something to lift. */
export async function releaseWrites(context: WorkerContext, input: StepInput): Promise<{ released: boolean }> {
  const access = await serverAccess(context, input);
  return withClient(access, access.maintenance, async (client) => ({
    released: await letWrite(client, input.database, input.runId),
  }));
}

/** Lets writes to a database go on that a run held back, and ends the sessions that began meanwhile. @returns false when it does not (any more). */
export async function letWrite(client: pg.Client, database: string, runId: string): Promise<boolean> {
  const live = (await listDatabases(client)).find((row) => row.name === database);
  if (live?.marker?.kind !== 'readOnly' || live.marker.runId !== runId) return false;
  await client.query('BEGIN');
  await client.query(writesAsBefore(live.name, live.marker));
  await client.query(markStatement(live.name, null, live.marker.comment));
  await client.query('COMMIT');
  // A pooled session that began while writes were held back would fail with its writes for ever.
  await endSessions(client, database);
  return true;
}
