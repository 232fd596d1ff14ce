import type { WorkerContext } from '../../activities/context.ts';
import { databaseContainer } from '../../activities/docker/stack.ts';
import { dataFolderOf, freeBytesAt } from '../../activities/postgres/data-folder.ts';
import { listDatabases } from '../../activities/postgres/marker.ts';
import { serverAccess, withClient } from '../../activities/postgres/server.ts';
import type { Plan } from '../../plan/schema.ts';
import type { ServerSeen } from '../facts.ts';

/** @returns the database server that a recovery would restore into. @throws as `serverAccess` and `withClient` do. */
export async function lookAtServer(context: WorkerContext, plan: Plan): Promise<ServerSeen> {
  const access = await serverAccess(context, { plan });
  const found = await withClient(access, access.maintenance, async (client) => {
    const { rows } = await client.query<{ version: string; wal: string }>(
      `SELECT current_setting('server_version') AS version, pg_size_bytes(current_setting('max_wal_size')) AS wal`,
    );
    const live = (await listDatabases(client)).find(({ name }) => name === plan.database.name);
    return { version: rows[0]?.version.split(' ')[0] ?? '', walBytes: Number(rows[0]?.wal), liveBytes: live?.bytes ?? null };
  });
  const { id } = await databaseContainer(context, { plan });
  return { ...found, freeBytes: await freeBytesAt(await dataFolderOf(context.docker, id)) };
}
