/** Deleting in two steps: a rename, which can be taken back, and the files a day later. */
import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { flush, writeDurably } from './durable.ts';
import { deletedSuffix, deletionName } from './layout.ts';
import { readersOf } from './readers.ts';

/**
 * Deletes a backup so that it can be had back. Done already, it does nothing.
 *
 * @returns false if somebody began to read it this very moment: then it is there as before.
 */
export async function trashBackup(folder: string, why: string, now: number): Promise<boolean> {
  if ((await stat(folder).catch(() => null)) === null) return true;
  const trash = `${folder}${deletedSuffix}`;
  await rename(folder, trash);
  if ((await readersOf(trash, now)).length > 0) {
    await rename(trash, folder);
    return false;
  }
  await writeDurably(path.join(trash, deletionName), `${JSON.stringify({ at: new Date(now).toISOString(), why })}\n`);
  await flush(path.dirname(folder));
  return true;
}

/** Removes the files of a deleted backup. Killed half-way it can be done again. */
export async function purgeBackup(trash: string): Promise<void> {
  if (!trash.endsWith(deletedSuffix)) throw new RangeError(`not a deleted backup: ${trash}`);
  await rm(trash, { recursive: true, force: true });
}

/**
 * Takes a deletion back.
 *
 * @param trash folder of the deleted backup. @returns the folder of the backup. @throws KintsugiError IO if there is another one.
 */
export async function undeleteBackup(trash: string): Promise<string> {
  const folder = trash.slice(0, -deletedSuffix.length);
  if ((await stat(folder).catch(() => null)) !== null) {
    throw new KintsugiError('IO', `There is a backup ${path.basename(folder)} beside the deleted one.`, {
      state: 'Nothing was changed.',
      hints: [`ls -l ${folder} ${trash}`],
    });
  }
  await rm(path.join(trash, deletionName), { force: true });
  await rename(trash, folder);
  await flush(path.dirname(folder));
  return folder;
}
