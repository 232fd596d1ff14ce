import { KintsugiError } from '../../errors/kintsugi-error.ts';

/** @returns what a full disk means to who takes a backup. @param detail goes on after “is full”. */
export function backupsDiskFull(detail: string, cause?: unknown): KintsugiError {
  return new KintsugiError('DISK_TOO_SMALL', `The disk of the backups folder is full${detail}`, {
    state: 'The unfinished backup was removed; earlier backups are untouched.',
    hints: ['df -h the folder that backups.folder of the plan names', 'kintsugi backup list'],
    cause,
  });
}

/**
 * Lets a step of a backup end at once when the disk is full. Without this it would be a fault like any other, tried again for a day and a
 * half, while no backup is taken and the unfinished one keeps the disk full.
 *
 * @throws KintsugiError DISK_TOO_SMALL; whatever else `step` throws.
 */
export function endingWhenDiskIsFull<I, O>(step: (input: I) => Promise<O>): (input: I) => Promise<O> {
  return async (input) => {
    try {
      return await step(input);
    } catch (error) {
      const { code, path } = error as NodeJS.ErrnoException;
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
      throw backupsDiskFull(path === undefined ? '.' : ` (${path}).`, error);
    }
  };
}
