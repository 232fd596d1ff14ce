import type { StepInput, WorkerContext } from '../context.ts';
import { listDatabases } from './marker.ts';
import { dropDatabase } from './scratch.ts';
import { serverAccess, withClient } from './server.ts';

/**
 * Drops the live database before the restore: only for a disk that has no room for two, only after an approval, and only after
 * this run fenced it.
 */
export async function dropLive(context: WorkerContext, input: StepInput): Promise<{ dropped: boolean }> {
  const access = await serverAccess(context, input);
  return withClient(access, access.maintenance, async (client) => {
    const live = (await listDatabases(client)).find((row) => row.name === input.database);
    if (live?.marker?.kind !== 'fenced' || live.marker.runId !== input.runId) return { dropped: false };
    await dropDatabase(client, input.database);
    return { dropped: true };
  });
}
