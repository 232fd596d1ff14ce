import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { BackupFacts } from '../../catalog/facts.ts';
import { insideBackup } from '../../catalog/layout.ts';
import type { Manifest } from '../../catalog/manifest.ts';
import { readManifest } from '../../catalog/read.ts';
import { verifyFiles } from '../../catalog/verify-files.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { beating, megabytes } from './beat.ts';
import { withGpg } from './openpgp.ts';
import { refuseNewerServer } from './server-major.ts';

/**
 * Checks a backup of ours: its manifest against its own checksum, every file against the manifest, the key where it is encrypted.
 *
 * @throws KintsugiError BACKUP_CORRUPT, BACKUP_TRUNCATED, BACKUP_KEY, BACKUP_NEWER_SERVER, SECRET_MISSING, TOOL_MISSING
 */
export async function checkOurs(context: WorkerContext, input: StepInput, folder: string): Promise<BackupFacts> {
  const manifest = await readManifest(folder);
  await refuseNewerServer(context, input, {
    id: manifest.id,
    version: manifest.server.version,
    number: manifest.server.versionNumber,
  });
  let said = 'checking';
  const onProgress = (read: number, total: number): void => {
    said = `checksums: ${megabytes(read)} of ${megabytes(total)}`;
  };
  await beating(
    () => ({ text: said }),
    async (signal) => {
      // The key first: it takes a moment, and without it the rest is of no use.
      if (manifest.encryption !== null) await tryKey(context, input, folder, manifest, signal);
      await verifyFiles(folder, manifest, { signal, onProgress });
    },
  );
  const checkedBy = [`sha256 of ${manifest.files.length} files`, ...(manifest.encryption === null ? [] : ['key tried'])];
  return factsOf(folder, manifest, checkedBy);
}

/** Decrypts the smallest file. */
async function tryKey(
  context: WorkerContext,
  input: StepInput,
  folder: string,
  manifest: Manifest,
  signal: AbortSignal,
): Promise<void> {
  const file = insideBackup(folder, manifest.globals);
  // Missing or cut off: the comparison with the manifest says it better.
  if (
    ((await stat(file).catch(() => null))?.size ?? 0) !== manifest.files.find((entry) => entry.path === manifest.globals)?.bytes
  )
    return;
  const staging = await mkdtemp(path.join(tmpdir(), 'kintsugi-key-'));
  try {
    await withGpg(context, input.plan, signal, (gpg) => gpg.decrypt(file, path.join(staging, 'tried')));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** @returns what a manifest tells of its backup. */
function factsOf(folder: string, manifest: Manifest, checkedBy: readonly string[]): BackupFacts {
  return {
    id: manifest.id,
    path: folder,
    kind: 'kintsugi',
    takenAt: manifest.takenAt,
    bytes: manifest.files.reduce((sum, file) => sum + file.bytes, 0),
    files: manifest.files.length,
    databaseName: manifest.database.name,
    serverVersion: manifest.server.version,
    serverVersionNumber: manifest.server.versionNumber,
    databaseBytes: manifest.databaseBytes,
    roles: manifest.roles,
    hasOwners: true,
    extensions: manifest.extensions.map(({ name, version }) => ({ name, version })),
    tocEntries: manifest.archive.entries,
    hasManifest: true,
    encrypted: manifest.encryption !== null,
    createsDatabase: false,
    createsPublic: false,
    checkedBy,
  };
}
