import type { WorkerContext } from '../context.ts';
import { type ChooseInput, chooseBackup } from './choose.ts';
import { type DumpInput, dumpDatabase } from './dump.ts';
import { describeContent, type FinishInput, finishBackup, removePartial } from './finish.ts';
import { openBackup } from './open.ts';
import { closeSnapshot, openSnapshot, type RoundInput } from './snapshot.ts';

/** @returns the activities around backups, bound to what they work with. */
export function createBackupActivities(context: WorkerContext) {
  return {
    chooseBackup: (input: ChooseInput) => chooseBackup(context, input),
    openBackup: (input: Parameters<typeof openBackup>[1]) => openBackup(context, input),
    openSnapshot: (input: RoundInput) => openSnapshot(context, input),
    closeSnapshot: (input: RoundInput) => closeSnapshot(context, input),
    dumpDatabase: (input: DumpInput) => dumpDatabase(context, input),
    describeContent: (input: FinishInput) => describeContent(context, input),
    finishBackup: (input: FinishInput) => finishBackup(context, input),
    removePartial: (input: DumpInput) => removePartial(context, input),
  };
}
