import { mkdir, readdir, rm, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BackupFacts } from '../../catalog/facts.ts';
import { inParallel } from '../../catalog/hash.ts';
import { isBackupId } from '../../catalog/ids.ts';
import { backupsFolder, folderMode, insideBackup, stagingName } from '../../catalog/layout.ts';
import type { DatabaseProperties, Manifest } from '../../catalog/manifest.ts';
import { readManifest } from '../../catalog/read.ts';
import { markReader, unmarkReader } from '../../catalog/readers.ts';
import type { Plan } from '../../plan/schema.ts';
import type { RunReference, StepInput, WorkerContext } from '../context.ts';
import { readProperties } from '../postgres/inventory.ts';
import { parseMarker } from '../postgres/marker.ts';
import type { RestoreSource } from '../postgres/restore.ts';
import { createMissingRoles } from '../postgres/roles.ts';
import { type ServerAccess, serverAccess, withClient } from '../postgres/server.ts';
import { createNamedRoles, restoreGlobals } from '../scratch-server/globals.ts';
import { beating } from './beat.ts';
import { declaredProperties } from './declared-properties.ts';
import { encryptedSuffix, withGpg } from './openpgp.ts';

const restoreMs = 36 * 60 * 60 * 1000;

const scratchSuffix = '.scratch';

/**
 * Where the encrypted backups of a stack are decrypted for a restore: private, and gone with the restore's clean-up. Those for
 * scratch servers are elsewhere (no project's name has a dot): no lock keeps them from being there beside a recovery's.
 */
function stagingOf(context: WorkerContext, { plan, target, workflowId }: StepInput): string {
  const folder = path.join(backupsFolder(context, plan), stagingName, plan.stack.project);
  return target === undefined ? folder : path.join(`${folder}${scratchSuffix}`, encodeURIComponent(workflowId));
}

/** @returns the decrypted copies that were made for scratch servers of a stack, and whose they are. */
export async function decryptedForScratch(
  context: WorkerContext,
  plan: Plan,
): Promise<{ folder: string; owner: RunReference }[]> {
  const parent = path.join(backupsFolder(context, plan), stagingName, `${plan.stack.project}${scratchSuffix}`);
  const owners = await readdir(parent).catch(() => []);
  const found = owners.map(async (name) => {
    const runs = await readdir(path.join(parent, name)).catch(() => []);
    return runs.map((runId) => ({
      folder: path.join(parent, name, runId),
      owner: { workflowId: decodeURIComponent(name), runId },
    }));
  });
  return (await Promise.all(found)).flat();
}

/**
 * Makes a checked backup ready for the restore: decrypted where it is encrypted, and with the roles that the server lacks made
 * from the backup's globals. A foreign backup that does not tell what the database was like: then it is as the live one is.
 *
 * @throws KintsugiError BACKUP_KEY, BACKUP_CORRUPT, SECRET_MISSING, TOOL_MISSING
 */
export async function openBackup(context: WorkerContext, input: StepInput & { facts: BackupFacts }): Promise<RestoreSource> {
  const { facts } = input;
  const access = await serverAccess(context, input);
  if (!facts.hasManifest) {
    if (input.target !== undefined)
      await withClient(access, access.maintenance, (client) => createNamedRoles(client, facts.roles));
    const properties = (await declaredProperties(context, input)) ?? (await liveProperties(access, input.database));
    return { kind: facts.kind, archive: facts.path, properties, databaseBytes: null, createsPublic: facts.createsPublic };
  }
  // As long as a restore may take at most.
  await markReader(facts.path, input, restoreMs);
  const manifest = await readManifest(facts.path);
  const folder = manifest.encryption === null ? facts.path : await decryptAll(context, input, facts.path, manifest);
  const globals = path.join(folder, plainName(manifest.globals));
  await withClient(access, access.maintenance, async (client) => {
    if (input.target === undefined) await createMissingRoles(client, globals, manifest.roles);
    else await restoreGlobals(client, globals);
  });
  return {
    kind: 'directory',
    archive: path.join(folder, manifest.archive.path),
    properties: manifest.database,
    databaseBytes: manifest.databaseBytes,
    createsPublic: false,
  };
}

/** @returns what the live database is like, without the fence's marker, which stands in the place of its comment. */
async function liveProperties(access: ServerAccess, database: string): Promise<DatabaseProperties | null> {
  const live = await withClient(access, access.maintenance, (client) => readProperties(client, database));
  const marker = parseMarker(live?.comment ?? null);
  return live === null || marker === null ? live : { ...live, comment: marker.comment };
}

/** Decrypts file by file; those that an earlier attempt brought to an end are left. @returns the staging folder. */
async function decryptAll(context: WorkerContext, input: StepInput, backup: string, manifest: Manifest): Promise<string> {
  const staging = path.join(stagingOf(context, input), input.runId);
  if (input.target === undefined) await sweepStaging(context, input);
  const folders = new Set(manifest.files.map((file) => path.dirname(insideBackup(staging, file.path))));
  for (const folder of folders) await mkdir(folder, { recursive: true, mode: folderMode });
  let done = 0;
  const decrypt = (signal: AbortSignal) =>
    withGpg(context, input.plan, signal, (gpg) =>
      inParallel(manifest.files, input.plan.restore.jobs, async (file) => {
        const plain = insideBackup(staging, plainName(file.path));
        if ((await stat(plain).catch(() => null)) === null) await gpg.decrypt(insideBackup(backup, file.path), plain);
        done += 1;
      }),
    );
  await beating(
    () => ({ text: `decrypted ${done} of ${manifest.files.length} files`, fraction: done / manifest.files.length }),
    decrypt,
  );
  return staging;
}

/** Removes what a terminated run of this stack left decrypted: it held the stack's lock, as this one does now. */
async function sweepStaging(context: WorkerContext, input: StepInput): Promise<void> {
  const folder = stagingOf(context, input);
  const left = (await readdir(folder).catch(() => [])).filter((name) => name !== input.runId);
  for (const name of left) await rm(path.join(folder, name), { recursive: true, force: true });
}

function plainName(name: string): string {
  return name.endsWith(encryptedSuffix) ? name.slice(0, -encryptedSuffix.length) : name;
}

/** Removes what was decrypted for a restore, and the mark that it reads a backup. Run twice, it does nothing. */
export async function closeBackup(context: WorkerContext, input: StepInput): Promise<void> {
  const backups = backupsFolder(context, input.plan);
  for (const name of (await readdir(backups).catch(() => [])).filter(isBackupId))
    await unmarkReader(path.join(backups, name), input);
  const folder = stagingOf(context, input);
  await rm(path.join(folder, input.runId), { recursive: true, force: true });
  // Where something else is in it, it stays.
  const parents = [folder, path.dirname(folder), ...(input.target === undefined ? [] : [path.dirname(path.dirname(folder))])];
  for (const parent of parents) await rmdir(parent).catch(() => undefined);
}
