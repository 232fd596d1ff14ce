import path from 'node:path';
import type { BackupFacts } from '../../catalog/facts.ts';
import { readManifest } from '../../catalog/read.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { readProperties } from '../postgres/inventory.ts';
import type { RestoreSource } from '../postgres/restore.ts';
import { createMissingRoles } from '../postgres/roles.ts';
import { serverAccess, withClient } from '../postgres/server.ts';

/**
 * Makes a checked backup ready for the restore: where its archive is, and what the database is to be like. Roles that the server
 * lacks are made from the backup's globals. A foreign backup does not tell the properties: then they are the live database's.
 */
export async function openBackup(context: WorkerContext, input: StepInput & { facts: BackupFacts }): Promise<RestoreSource> {
  const { facts } = input;
  const access = await serverAccess(context, input.plan);
  return withClient(access, access.maintenance, async (client) => {
    if (!facts.hasManifest) {
      return {
        kind: facts.kind,
        archive: facts.path,
        properties: await readProperties(client, input.database),
        databaseBytes: null,
      };
    }
    const manifest = await readManifest(facts.path);
    await createMissingRoles(client, path.join(facts.path, manifest.globals), manifest.roles);
    return {
      kind: 'directory',
      archive: path.join(facts.path, manifest.archive.path),
      properties: manifest.database,
      databaseBytes: manifest.databaseBytes,
    };
  });
}
