/**
 * Who reads a backup: a restore or a verification leaves a file in the backup's `readers` folder, and retention leaves the backup
 * alone. It expires, so that a reader that died does not hold it for ever.
 *
 * Without a race: retention renames the backup first and looks for readers then; one that marks it after the rename finds it gone.
 */
import { mkdir, readdir, readFile, rename, rm, rmdir, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { writeDurably } from './durable.ts';
import { folderMode, readersName } from './layout.ts';

const reader = z.object({
  workflowId: z.string(),
  runId: z.string(),
  host: z.string(),
  pid: z.number(),
  at: z.iso.datetime(),
  until: z.iso.datetime(),
});
export type Reader = z.infer<typeof reader>;

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

/**
 * Marks a backup as being read by a run, or renews its mark. Where nothing can be written (a medium that is read-only) nothing can
 * be deleted either.
 *
 * @param folder of the backup. @param forMs how long, unless it is renewed or taken off. @throws KintsugiError BACKUP_MISSING if it is gone.
 */
export async function markReader(folder: string, { workflowId, runId }: Run, forMs: number): Promise<void> {
  const now = Date.now();
  const mark: Reader = {
    workflowId,
    runId,
    host: hostname(),
    pid: process.pid,
    at: new Date(now).toISOString(),
    until: new Date(now + forMs).toISOString(),
  };
  const file = markOf(folder, runId);
  try {
    // Not recursively: a backup that was deleted this moment must not come back as an empty folder.
    await mkdir(path.dirname(file), { mode: folderMode }).catch(unlessThere);
    await writeDurably(`${file}.new`, `${JSON.stringify(mark)}\n`);
    await rename(`${file}.new`, file);
  } catch (error) {
    if ((await stat(folder).catch(() => null)) !== null) return;
    throw new KintsugiError('BACKUP_MISSING', `${path.basename(folder)} was deleted a moment ago.`, {
      state: 'Nothing was stopped or changed.',
      hints: [`kintsugi backup undelete ${path.basename(folder)}`, 'kintsugi backup list'],
      cause: error,
    });
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

/** Takes the mark of a run off. Done twice, it does nothing. */
export async function unmarkReader(folder: string, { runId }: Pick<Run, 'runId'>): Promise<void> {
  const file = markOf(folder, runId);
  await rm(file, { force: true }).catch(() => undefined);
  // While others read it, it stays.
  await rmdir(path.dirname(file)).catch(() => undefined);
}

/** @returns who reads a backup now: marks that have not expired. One that can't be understood counts for a day after its change. */
export async function readersOf(folder: string, now: number): Promise<Reader[]> {
  const names = await readdir(path.join(folder, readersName)).catch(() => []);
  const all = await Promise.all(names.map((name) => readMark(path.join(folder, readersName, name))));
  return all.filter((mark) => mark !== null).filter(({ until }) => Date.parse(until) > now);
}

async function readMark(file: string): Promise<Reader | null> {
  const found = await stat(file).catch(() => null);
  if (found === null) return null;
  try {
    return reader.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    const at = found.mtime.toISOString();
    const until = new Date(found.mtimeMs + 86_400_000).toISOString();
    return { workflowId: 'unknown', runId: path.basename(file), host: 'unknown', pid: 0, at, until };
  }
}

function markOf(folder: string, runId: string): string {
  return path.join(folder, readersName, `${encodeURIComponent(runId)}.json`);
}
