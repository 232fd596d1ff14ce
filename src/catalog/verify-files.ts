import { stat } from 'node:fs/promises';
import path from 'node:path';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { filesBelow } from './durable.ts';
import { hashFile, inParallel } from './hash.ts';
import { insideBackup, isAbout } from './layout.ts';
import type { Manifest } from './manifest.ts';

export interface VerifyOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told how much of how much has been read. */
  readonly onProgress?: (read: number, total: number) => void;
}

const atOnce = 4;

/**
 * Compares every file of a backup of ours with its manifest: names and sizes first, since that is quick, then sha256.
 *
 * @throws KintsugiError BACKUP_TRUNCATED (a file is shorter), BACKUP_CORRUPT (missing, longer, changed, or not in the manifest).
 */
export async function verifyFiles(
  folder: string,
  manifest: Manifest,
  options: VerifyOptions = {},
): Promise<{ files: number; bytes: number }> {
  const id = path.basename(folder);
  await compareNames(folder, manifest);
  for (const file of manifest.files) {
    const { size } = await stat(insideBackup(folder, file.path));
    if (size < file.bytes) throw damaged('BACKUP_TRUNCATED', id, `${file.path} has ${size} of ${file.bytes} bytes`);
    if (size > file.bytes)
      throw damaged('BACKUP_CORRUPT', id, `${file.path} has ${size} bytes, ${size - file.bytes} more than were written`);
  }
  const total = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  let read = 0;
  const onBytes = (count: number): void => {
    read += count;
    options.onProgress?.(read, total);
  };
  const biggestFirst = [...manifest.files].sort((a, b) => b.bytes - a.bytes);
  await inParallel(biggestFirst, atOnce, async (file) => {
    const { sha256 } = await hashFile(insideBackup(folder, file.path), { signal: options.signal, onBytes });
    if (sha256 !== file.sha256) throw damaged('BACKUP_CORRUPT', id, `${file.path} does not match its checksum`);
  });
  return { files: manifest.files.length, bytes: total };
}

async function compareNames(folder: string, manifest: Manifest): Promise<void> {
  const expected = new Set(manifest.files.map((file) => file.path));
  const present = new Set((await filesBelow(folder)).filter((name) => !isAbout(name)));
  const missing = [...expected].filter((name) => !present.has(name));
  if (missing.length > 0) throw damaged('BACKUP_CORRUPT', path.basename(folder), `${some(missing)} missing`);
  const extra = [...present].filter((name) => !expected.has(name));
  if (extra.length > 0) throw damaged('BACKUP_CORRUPT', path.basename(folder), `${some(extra)} in it, but not in its manifest`);
}

function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return `${shown}${names.length > 3 ? ` and ${names.length - 3} more` : ''} ${names.length === 1 ? 'is' : 'are'}`;
}

function damaged(code: 'BACKUP_TRUNCATED' | 'BACKUP_CORRUPT', id: string, why: string): KintsugiError {
  return new KintsugiError(code, `${id} is damaged: ${why}.`, { state: 'Nothing was stopped or changed.' });
}
