import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { endSessions, requireFenced } from './fence.ts';
import { type DatabaseRow, databaseNames, listDatabases, markStatement } from './marker.ts';
import { dropDatabase } from './scratch.ts';
import { identifier, serverAccess, withClient } from './server.ts';
import type { SwapEvidence } from './swap.ts';

export interface ReplacedDatabase {
  /** Name under which it is kept. */
  readonly name: string;
  /** The database that it was. */
  readonly database: string;
  readonly until: string;
}

/**
 * Finds what a recovery replaced, by the markers in the server.
 *
 * @param input.recovery workflow id, or workflow id and run id with a slash between.
 * @throws KintsugiError NOT_UNDOABLE when nothing of that recovery is kept, or when several of its runs are and none was named.
 */
export async function findReplaced(context: WorkerContext, input: StepInput & { recovery: string }): Promise<ReplacedDatabase> {
  const access = await serverAccess(context, input);
  const rows = await withClient(access, access.maintenance, listDatabases);
  const [workflowId, runId] = input.recovery.split('/');
  const kept = rows.filter((row) => row.marker?.kind === 'replaced');
  const matches = kept
    .filter((row) => row.marker?.workflowId === workflowId && (runId === undefined || row.marker?.runId.endsWith(runId) === true))
    .sort((a, b) => (b.marker?.at ?? '').localeCompare(a.marker?.at ?? ''));
  const [newest] = matches;
  if (newest?.marker == null) {
    const others = kept.map((row) => `${row.marker?.workflowId}/${shortRunId(row.marker?.runId ?? '')} (${row.name})`);
    throw new KintsugiError('NOT_UNDOABLE', `Nothing that ${input.recovery} replaced is kept.`, {
      state: 'Nothing was stopped or changed.',
      hints: others.length > 0 ? others.map((other) => `kintsugi undo ${other.split(' ')[0]}`) : ['kintsugi status'],
    });
  }
  return { name: newest.name, database: newest.marker.of, until: newest.marker.until ?? '' };
}

/** Swaps a replaced database back in one transaction; the live one is kept in its place. Look, then act, by the markers. */
export async function swapBack(
  context: WorkerContext,
  input: StepInput & { name: string; until: string },
): Promise<SwapEvidence> {
  const access = await serverAccess(context, input);
  const keptAs = databaseNames(input.database, input.runId).replaced;
  return withClient(access, access.maintenance, async (client) => {
    const rows = await listDatabases(client);
    const replaced = rows.find((row) => row.name === input.name);
    const live = rows.find((row) => row.name === input.database);
    if (replaced === undefined) {
      if (rows.some((row) => row.name === keptAs)) return { replaced: keptAs, until: input.until, statements: [] };
      throw new KintsugiError('NOT_UNDOABLE', `${input.name} is gone.`);
    }
    requireFenced(live, input.runId);
    const statements = [
      ...(live === undefined ? [] : keepStatements(live, keptAs, input)),
      `ALTER DATABASE ${identifier(replaced.name)} RENAME TO ${identifier(input.database)}`,
      `ALTER DATABASE ${identifier(input.database)} WITH ALLOW_CONNECTIONS true`,
      markStatement(input.database, null, replaced.marker?.comment ?? null),
    ];
    if (live !== undefined) await endSessions(client, live.name);
    await client.query('BEGIN');
    for (const statement of statements) await client.query(statement);
    await client.query('COMMIT');
    return { replaced: live === undefined ? null : keptAs, until: input.until, statements };
  });
}

function keepStatements(live: DatabaseRow, keptAs: string, input: StepInput & { until: string }): string[] {
  const comment = live.marker === null ? live.comment : live.marker.comment;
  const { workflowId, runId, database, until } = input;
  return [
    `ALTER DATABASE ${identifier(live.name)} WITH ALLOW_CONNECTIONS false`,
    `ALTER DATABASE ${identifier(live.name)} RENAME TO ${identifier(keptAs)}`,
    markStatement(keptAs, { kind: 'replaced', workflowId, runId, at: new Date().toISOString(), of: database, until, comment }),
  ];
}

/** Drops a replaced database whose time is over. One that was swapped back, or that another run replaced, is left alone. */
export async function dropReplaced(
  context: WorkerContext,
  input: StepInput & { name: string; madeByRun: string },
): Promise<{ dropped: boolean }> {
  const access = await serverAccess(context, input);
  return withClient(access, access.maintenance, async (client) => {
    const row = (await listDatabases(client)).find((candidate) => candidate.name === input.name);
    const mayGo =
      row?.marker?.kind === 'replaced' &&
      row.marker.runId === input.madeByRun &&
      Date.parse(row.marker.until ?? '') <= Date.now();
    if (mayGo) await dropDatabase(client, input.name);
    return { dropped: mayGo };
  });
}
