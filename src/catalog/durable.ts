/** Writing so that it is still there after a power cut: contents first, then the names that lead to them. */
import { open, readdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileMode } from './layout.ts';

/** Flushes a file or folder to the disk. */
export async function flush(target: string): Promise<void> {
  const handle = await open(target, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Writes a private file and flushes it. */
export async function writeDurably(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: fileMode });
  await flush(file);
}

/** @returns every file below a folder as a path relative to it with forward slashes, sorted. Links are not followed. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .sort();
}

/** Flushes a folder and every folder below it, so that the names in them last. */
export async function flushFolders(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  for (const entry of entries) if (entry.isDirectory()) await flush(path.join(entry.parentPath, entry.name));
  await flush(folder);
}

/** Writes a private file so that it is there whole or not at all, under its name. */
export async function writeAtomically(file: string, text: string): Promise<void> {
  await writeDurably(`${file}.tmp`, text);
  await rename(`${file}.tmp`, file);
  await flush(path.dirname(file));
}
