import { createHash } from 'node:crypto';
import { copyFile, mkdir, rename, rm, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import { filesBelow, flush, flushFolders, writeDurably } from '../../catalog/durable.ts';
import { hashFile } from '../../catalog/hash.ts';
import {
  folderMode,
  insideBackup,
  manifestName,
  manifestSumName,
  partialSuffix,
  verificationName,
} from '../../catalog/layout.ts';
import type { Manifest } from '../../catalog/manifest.ts';
import { markReader, unmarkReader } from '../../catalog/readers.ts';
import { verifyFiles } from '../../catalog/verify-files.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import type { RunReference, WorkerContext } from '../context.ts';
import { megabytes } from './beat.ts';
import { encryptedSuffix, withGpg } from './openpgp.ts';

export interface ExportInput {
  readonly plan: Plan;
  readonly backup: { readonly id: string; readonly path: string; readonly manifest: Manifest };
  /** Absolute path of the folder that gets a folder with the backup's id. */
  readonly to: string;
  readonly decrypt: boolean;
  /** Who reads it, so that retention leaves it alone. */
  readonly reader: RunReference;
  readonly signal: AbortSignal;
}

const readMs = 24 * 60 * 60 * 1000;

/**
 * Copies a backup whole into another folder and compares every file of the copy with its checksum. Until all is right the copy has
 * another name. A decrypted copy gets a manifest of its own, so it is a backup like any other.
 *
 * @returns where it is. @throws KintsugiError INVALID_INPUT (it is there already), DISK_TOO_SMALL, BACKUP_CORRUPT, BACKUP_KEY, IO.
 */
export async function exportBackup(
  context: WorkerContext,
  input: ExportInput,
): Promise<{ path: string; files: number; bytes: number }> {
  const { backup, to, signal, reader } = input;
  const made = path.join(to, backup.id);
  const partial = `${made}${partialSuffix}`;
  if ((await stat(made).catch(() => null)) !== null)
    throw new KintsugiError('INVALID_INPUT', `${made} is there already.`, {
      state: 'Nothing was copied.',
      hints: [`kintsugi backup export ${backup.id} --to ANOTHER`],
    });
  await markReader(backup.path, reader, readMs);
  try {
    await makeFolder(partial);
    await refuseSmallDisk(to, backup.manifest);
    const decrypt = input.decrypt && backup.manifest.encryption !== null;
    const manifest = decrypt ? await decryptInto(context, input, partial) : await copyInto(input, partial);
    const checked = await verifyFiles(partial, manifest, { signal });
    await flushFolders(partial);
    for (const name of await filesBelow(partial)) await flush(path.join(partial, name));
    await rename(partial, made);
    await flush(to);
    return { path: made, ...checked };
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw signal.aborted ? signal.reason : error;
  } finally {
    await unmarkReader(backup.path, reader);
  }
}

async function makeFolder(partial: string): Promise<void> {
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: folderMode }).catch((error: NodeJS.ErrnoException) => {
    throw new KintsugiError('IO', `${path.dirname(partial)} cannot be written (${error.code}).`, {
      state: 'Nothing was copied.',
    });
  });
}

async function refuseSmallDisk(to: string, { files }: Manifest): Promise<void> {
  const { bavail, bsize } = await statfs(to);
  const needed = files.reduce((sum, file) => sum + file.bytes, 0);
  if (bavail * bsize > needed) return;
  throw new KintsugiError('DISK_TOO_SMALL', `${to} has ${megabytes(bavail * bsize)} free; the copy needs ${megabytes(needed)}.`, {
    state: 'Nothing was copied.',
    hints: [`df -h ${to}`],
  });
}

async function copyInto({ backup, signal }: ExportInput, partial: string): Promise<Manifest> {
  for (const { path: name } of backup.manifest.files) {
    signal.throwIfAborted();
    await mkdir(path.dirname(insideBackup(partial, name)), { recursive: true, mode: folderMode });
    await copyFile(insideBackup(backup.path, name), insideBackup(partial, name));
  }
  for (const name of [manifestName, manifestSumName]) await copyFile(path.join(backup.path, name), path.join(partial, name));
  await copyFile(path.join(backup.path, verificationName), path.join(partial, verificationName)).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    },
  );
  return backup.manifest;
}

/** @returns the manifest of the decrypted copy: its files have other names, sizes and checksums. */
async function decryptInto(context: WorkerContext, { plan, backup, signal }: ExportInput, partial: string): Promise<Manifest> {
  const { manifest } = backup;
  // What is damaged is told before it is decrypted, by its own checksum.
  await verifyFiles(backup.path, manifest, { signal });
  const files: Manifest['files'] = [];
  await withGpg(context, plan, signal, async (gpg) => {
    for (const { path: name } of manifest.files) {
      const plain = plainName(name);
      const file = insideBackup(partial, plain);
      await mkdir(path.dirname(file), { recursive: true, mode: folderMode });
      await gpg.decrypt(insideBackup(backup.path, name), file);
      const { sha256, bytes } = await hashFile(file, { signal });
      files.push({ path: plain, bytes, sha256 });
    }
  });
  const decrypted: Manifest = { ...manifest, globals: plainName(manifest.globals), encryption: null, files };
  const text = `${JSON.stringify(decrypted, null, 2)}\n`;
  await writeDurably(path.join(partial, manifestName), text);
  const sum = createHash('sha256').update(text).digest('hex');
  await writeDurably(path.join(partial, manifestSumName), `${sum}  ${manifestName}\n`);
  return decrypted;
}

function plainName(name: string): string {
  return name.endsWith(encryptedSuffix) ? name.slice(0, -encryptedSuffix.length) : name;
}
