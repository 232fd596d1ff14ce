import { setTimeout as delay } from 'node:timers/promises';
import { heartbeat } from '@temporalio/activity';
import type pg from 'pg';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { type DatabaseRow, listDatabases, markStatement, writesAsBefore } from './marker.ts';
import { identifier, serverAccess, withClient } from './server.ts';

export interface FenceEvidence {
  /** False when there is no such database (dropped): nothing to fence. */
  readonly existed: boolean;
  readonly sessionsEnded: number;
}

/**
 * Closes a database to new connections, ends the sessions that it has, and looks that none is left.
 * Run twice, it ends in the same state; a fence that a terminated run left is taken over with the comment that it kept.
 *
 * @throws KintsugiError DATABASE_BUSY when sessions do not end within half a minute.
 */
export async function fence(context: WorkerContext, input: StepInput): Promise<FenceEvidence> {
  const access = await serverAccess(context, input);
  return withClient(access, access.maintenance, async (client) => {
    const live = (await listDatabases(client)).find((row) => row.name === input.database);
    if (live === undefined) return { existed: false, sessionsEnded: 0 };
    const comment = live.marker === null ? live.comment : live.marker.comment;
    const marker = {
      kind: 'fenced',
      workflowId: input.workflowId,
      runId: input.runId,
      at: new Date().toISOString(),
      of: input.database,
      comment,
    } as const;
    // The marker with it: a fence without one could not be told from an administrator's own.
    await client.query('BEGIN');
    // What holds writes back must not stay on a database that an undo may bring back.
    if (live.marker?.kind === 'readOnly') await client.query(writesAsBefore(live.name, live.marker));
    if (live.marker?.kind !== 'fenced' || live.marker.runId !== input.runId)
      await client.query(markStatement(input.database, marker));
    await client.query(`ALTER DATABASE ${identifier(input.database)} WITH ALLOW_CONNECTIONS false`);
    await client.query('COMMIT');
    return { existed: true, sessionsEnded: await endSessions(client, input.database) };
  });
}

/**
 * Sees to it that the live database is still the one that this run fenced, just before another one takes its name. Where a recovery
 * slept for long (its Temporal was gone, and another one brought the database back meanwhile) it must not replace what is newer.
 *
 * @param live the database of that name now; undefined if there is none: then there is nothing to be replaced.
 * @throws KintsugiError DATABASE_CHANGED
 */
export function requireFenced(live: DatabaseRow | undefined, runId: string): void {
  if (live === undefined || (live.marker?.kind === 'fenced' && live.marker.runId === runId)) return;
  throw new KintsugiError(
    'DATABASE_CHANGED',
    `The database ${live.name} is not the one that this recovery closed: it was opened, made or brought back by somebody else since.`,
    { state: 'It stays live as it is; nothing was replaced.', hints: ['kintsugi diagnose', 'kintsugi recover restore'] },
  );
}

/** Ends every session on a database and waits until none is left. @returns how many it ended. */
export async function endSessions(client: pg.Client, database: string): Promise<number> {
  let ended = 0;
  for (let round = 0; round < 60; round += 1) {
    const { rows } = await client.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity, pg_terminate_backend(pid) WHERE datname = $1 AND pid <> pg_backend_pid()',
      [database],
    );
    if (rows.length === 0) return ended;
    if (round === 0) ended = rows.length;
    await delay(round === 0 ? 50 : 500);
    heartbeat({ text: `${rows.length} sessions left on ${database}` });
  }
  throw new KintsugiError('DATABASE_BUSY', `Sessions on ${database} do not end.`, {
    hints: [`SELECT * FROM pg_stat_activity WHERE datname = '${database}'`],
  });
}

/**
 * Opens the live database again and gives its comment back, if this run fenced it.
 *
 * @returns whether there was a fence to lift.
 */
export async function liftFence(context: WorkerContext, input: StepInput): Promise<{ lifted: boolean }> {
  const access = await serverAccess(context, input);
  return withClient(access, access.maintenance, async (client) => ({
    lifted: await openFenced(client, input.database, input.runId),
  }));
}

/** Opens a database that a run fenced, and gives its comment back. @returns false when that run's fence is not there (any more). */
export async function openFenced(client: pg.Client, database: string, runId: string): Promise<boolean> {
  const live = (await listDatabases(client)).find((row) => row.name === database);
  if (live?.marker?.kind !== 'fenced' || live.marker.runId !== runId) return false;
  await client.query('BEGIN');
  await client.query(`ALTER DATABASE ${identifier(live.name)} WITH ALLOW_CONNECTIONS true`);
  await client.query(markStatement(live.name, null, live.marker.comment));
  await client.query('COMMIT');
  return true;
}
