import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { filesBelow } from '../../catalog/durable.ts';
import { backupsFolder, deletedSuffix } from '../../catalog/layout.ts';
import { type CatalogEntry, listBackups, type WholeBackup } from '../../catalog/list.ts';
import { purgeBackup, trashBackup } from '../../catalog/trash.ts';
import { verifyFiles } from '../../catalog/verify-files.ts';
import { planRetention } from '../../retention/plan.ts';
import { isOf } from '../backups/pick.ts';
import { storedContainers } from '../docker/daemon.ts';
import { orNull } from '../docker/engine.ts';
import { stackContainers } from '../docker/stack.ts';
import { lastRetention } from '../retention/prune.ts';
import type { Candidate, Reclaiming } from './candidate.ts';

/** Logs that were set aside: of the stack's containers by Docker, of Kintsugi's processes by itself. Those in use stay. */
export async function rotatedLogs(reclaiming: Reclaiming): Promise<Candidate[]> {
  const { stateFolder } = reclaiming.context;
  const current = await logPaths(reclaiming);
  const found = await Promise.all([
    ...current.map((file) => beside(path.dirname(file), new RegExp(`^${escaped(path.basename(file))}\\.\\d+(\\.gz)?$`))),
    beside(stateFolder, /\.log\.old$/),
  ]);
  return found.flat();
}

async function logPaths({ context, plan, dockerAnswers, dockerFolder }: Reclaiming): Promise<string[]> {
  const { project } = plan.stack;
  if (!dockerAnswers) {
    const stored = await storedContainers(dockerFolder);
    return stored.filter((each) => each.project === project).flatMap(({ logPath }) => (logPath === '' ? [] : [logPath]));
  }
  const containers = await stackContainers(context.docker, project);
  const infos = await Promise.all(containers.map(({ id }) => orNull(() => context.docker.getContainer(id).inspect())));
  return infos.flatMap((info) => (info?.LogPath ? [info.LogPath] : []));
}

/** @returns the files of a folder whose names match; none where the worker may not look. */
async function beside(folder: string, name: RegExp): Promise<Candidate[]> {
  const names = (await readdir(folder).catch(() => [])).filter((each) => name.test(each));
  // The highest number is the oldest.
  const oldestFirst = names.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const found = await Promise.all(
    oldestFirst.map(async (each) => {
      const file = path.join(folder, each);
      const size = await sizeOf(file);
      return size === null ? null : candidate(file, size);
    }),
  );
  return found.filter((each) => each !== null);
}

function candidate(file: string, bytes: number): Candidate {
  const free = async () => {
    const size = await sizeOf(file);
    await rm(file, { force: true });
    return size;
  };
  return { kind: 'rotated log', name: file, bytes, place: path.dirname(file), free };
}

async function sizeOf(file: string): Promise<number | null> {
  return stat(file).then(
    // What it takes on the disk, which is what is gained.
    ({ blocks }) => blocks * 512,
    () => null,
  );
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/**
 * Backups that retention lets go: those that it deleted already, whose files wait for their day, then those that are due now. What is
 * held, read, or of a tier that keeps it stays, as ever. None that is due goes unless every file of the newest one matches its
 * checksum just before.
 */
export async function expiredBackups({ context, plan, database, signal }: Reclaiming): Promise<Candidate[]> {
  const folder = backupsFolder(context, plan);
  const entries = await listBackups(folder).catch((): CatalogEntry[] => []);
  const newest = entries.find(
    (entry): entry is WholeBackup => entry.state === 'whole' && isOf(entry, plan.stack.project, database),
  );
  const known = { lastRunAt: await lastRetention(context), clockIsRight: false };
  const now = Date.now();
  const { decisions } = await planRetention(plan, entries, known, now);
  let checked: Promise<boolean> | undefined;
  const newestIsGood = () => {
    checked ??=
      newest === undefined
        ? Promise.resolve(false)
        : verifyFiles(newest.path, newest.manifest, { signal }).then(
            () => true,
            () => false,
          );
    return checked;
  };
  const deleted = entries.filter(({ state }) => state === 'deleted');
  const due = decisions.filter(({ verdict, id }) => verdict === 'delete' && id !== newest?.id);
  return Promise.all([
    ...deleted.map(({ id, path: trash }) =>
      backupCandidate(folder, id, trash, async () => {
        await purgeBackup(trash);
        return true;
      }),
    ),
    ...due.map(({ id, path: place, why }) =>
      backupCandidate(folder, id, place, async () => {
        if (!(await newestIsGood()) || !(await trashBackup(place, why, now))) return false;
        await purgeBackup(`${place}${deletedSuffix}`);
        return true;
      }),
    ),
  ]);
}

async function backupCandidate(place: string, name: string, folder: string, remove: () => Promise<boolean>): Promise<Candidate> {
  const files = await filesBelow(folder).catch(() => []);
  const sizes = await Promise.all(files.map((file) => sizeOf(path.join(folder, file))));
  const bytes = sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
  return { kind: 'expired backup', name, bytes, place, free: async () => ((await remove()) ? bytes : null) };
}
