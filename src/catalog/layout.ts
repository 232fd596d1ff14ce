/** Where things lie in a backups folder. There is no index file: the folder is the catalog. */
import path from 'node:path';
import { KintsugiError } from '../errors/kintsugi-error.ts';

export const manifestName = 'manifest.json';
export const manifestSumName = 'manifest.json.sha256';
export const archiveName = 'data';
export const globalsName = 'globals.sql';
/** Who is making a partial backup. */
export const ownerName = 'owner.json';
/** What the steps of a partial backup hand to one another; gone when the backup is whole. */
export const workName = 'work';
/** Decrypted copies for restores that run. */
export const stagingName = '.staging';

/** Results of verifications, one JSON object a line; see verification.ts. */
export const verificationName = 'verification.jsonl';
/** A person's wish that the backup stays; see hold.ts. */
export const holdName = 'hold.json';
/** Who reads the backup now, a file each; see readers.ts. */
export const readersName = 'readers';
/** Why and when it was deleted; only in a deleted one. */
export const deletionName = 'deletion.json';

export const partialSuffix = '.partial';
/** Deleted, and can be had back for a while. */
export const deletedSuffix = '.deleted';
export const folderMode = 0o700;
export const fileMode = 0o600;

/** @returns the absolute path of the plan's backups folder. */
export function backupsFolder(
  context: { readonly planFolder: string },
  plan: { readonly backups: { readonly folder: string } },
): string {
  return path.resolve(context.planFolder, plan.backups.folder);
}

/** @returns whether a file of a backup's folder is about the backup and not of it. @param name relative path with forward slashes. */
export function isAbout(name: string): boolean {
  const [first = ''] = name.split('/');
  return [manifestName, manifestSumName, verificationName, holdName, readersName, deletionName].includes(
    first.replace(/\.new$/, ''),
  );
}

/**
 * @returns the absolute path of a file that a manifest names.
 * @throws KintsugiError BACKUP_CORRUPT when the name leads out of the backup's folder.
 */
export function insideBackup(folder: string, name: string): string {
  const file = path.resolve(folder, name);
  if (name !== '' && !path.isAbsolute(name) && file.startsWith(path.resolve(folder) + path.sep)) return file;
  throw new KintsugiError('BACKUP_CORRUPT', `The manifest of ${folder} names a file outside of it: ${name}.`, {
    state: 'Nothing was stopped or changed.',
  });
}
