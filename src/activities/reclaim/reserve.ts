/**
 * Ballast beside the database's files. PostgreSQL that has no room for WAL cannot even begin its crash recovery, and of its own
 * files nothing may go: a file of ours that can is the way out which needs no thought at 3 a.m.
 */
import { open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { enoughFree } from '../../diagnosis/disk.ts';
import { byteCount } from '../../plan/units.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { dockerProblem } from '../docker/daemon.ts';
import { databaseFolder, lookAtDisks } from '../survey/disks.ts';
import type { Candidate, Reclaiming } from './candidate.ts';

/** In the root of the database's volume; PostgreSQL passes over files that it does not know. */
const reserveName = 'kintsugi-reserve';

/** The ballast, if it is there. */
export async function reserve({ databaseFolder: folder }: Reclaiming): Promise<Candidate[]> {
  if (folder === null) return [];
  const file = path.join(folder, reserveName);
  const size = await sizeOf(file);
  if (size === null) return [];
  const free = async () => {
    const bytes = await sizeOf(file);
    await rm(file, { force: true });
    return bytes;
  };
  return [{ kind: 'reserve', name: file, bytes: size, place: folder, free }];
}

/** What became of the ballast. */
export interface ReserveKept {
  readonly state: 'not wanted' | 'there' | 'made' | 'no room' | 'out of reach';
  readonly path: string | null;
}

/**
 * Makes the ballast that the plan wants, if there is room for it beside what is to be free. It is written, not only allotted: what
 * a file system has promised is no room yet.
 */
export async function keepReserve(context: WorkerContext, { plan }: StepInput): Promise<ReserveKept> {
  const wanted = plan.host.reserve === undefined ? 0 : byteCount(plan.host.reserve);
  if (wanted === 0) return { state: 'not wanted', path: null };
  const answers = (await dockerProblem(context.docker)) === null;
  const folder = await databaseFolder(context.docker, plan, answers);
  const disk = (await lookAtDisks(context, plan, answers)).find(({ of }) => of.includes('the database'));
  if (folder === null || disk === undefined) return { state: 'out of reach', path: null };
  const file = path.join(folder, reserveName);
  if (((await sizeOf(file)) ?? 0) >= wanted) return { state: 'there', path: file };
  if (disk.freeBytes - wanted < enoughFree(disk, plan.host.free)) return { state: 'no room', path: file };
  try {
    await write(file, wanted);
    return { state: 'made', path: file };
  } catch (error) {
    await rm(`${file}.new`, { force: true }).catch(() => undefined);
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM' || code === 'ENOENT') return { state: 'out of reach', path: file };
    if (code === 'ENOSPC') return { state: 'no room', path: file };
    throw error;
  }
}

async function write(file: string, bytes: number): Promise<void> {
  const chunk = Buffer.alloc(2 ** 20, 0x6b);
  const handle = await open(`${file}.new`, 'w', 0o600);
  try {
    for (let written = 0; written < bytes; written += chunk.length)
      await handle.write(chunk, 0, Math.min(chunk.length, bytes - written));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${file}.new`, file);
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    ({ blocks }) => blocks * 512,
    () => null,
  );
}
