export { dropReplacedDatabase } from './drop-replaced-database.ts';
export { incident } from './incident.ts';
export { databaseLock } from './lock.ts';
export { mendLeftovers } from './mend-leftovers.ts';
export { notifyTest } from './notify-test.ts';
export { restoreDatabase } from './restore-database.ts';
export { takeBackup } from './take-backup.ts';
export { undoRecovery } from './undo-recovery.ts';
