import { type ErrorCode, isErrorCode } from '../errors/table.ts';

// Also what keeps a recovery from it by design: the wrong key, a server that is too old, an extension that the image lacks.
const ofTheBackup: ReadonlySet<ErrorCode> = new Set([
  'BACKUP_EMPTY',
  'BACKUP_TRUNCATED',
  'BACKUP_CORRUPT',
  'BACKUP_NEWER_SERVER',
  'BACKUP_KEY',
  'BACKUP_UNREADABLE',
  'RESTORE_FAILED',
  'VERIFY_FAILED',
  'DATABASE_EXTENSION_MISSING',
]);

// PostgreSQL reports these like any other error of a statement, but a larger server would not have met them.
const ofTheMachine = /out of (shared )?memory|could not resize shared memory|No space left on device|too many open files/i;

/**
 * Whether a failure speaks against the backup. What speaks against the machine (no disk, a server that was killed, an engine that is
 * away) is no verdict: it is tried again, and the backup is not called bad for it.
 *
 * @param code of the error table, as far as it is one.
 */
export function speaksAgainstBackup(code: string, message: string): boolean {
  return isErrorCode(code) && ofTheBackup.has(code) && !ofTheMachine.test(message);
}
