import type { StepInput, WorkerContext } from '../context.ts';
import { checkBackup } from './check.ts';
import { type ChooseInput, chooseBackup } from './choose.ts';
import { type DescribeInput, describeContent } from './describe.ts';
import { endingWhenDiskIsFull } from './disk-full.ts';
import { findDueTiers } from './due-tiers.ts';
import { type DumpInput, dumpDatabase, dumpGlobals } from './dump.ts';
import { type FinishInput, finishBackup } from './finish.ts';
import { closeBackup, openBackup } from './open.ts';
import { removePartial } from './partial.ts';
import { closeSnapshot, openSnapshot, type RoundInput } from './snapshot.ts';

/** @returns the activities around backups, bound to what they work with. */
export function createBackupActivities(context: WorkerContext) {
  return {
    chooseBackup: (input: ChooseInput) => chooseBackup(context, input),
    checkBackup: (input: Parameters<typeof checkBackup>[1]) => checkBackup(context, input),
    openBackup: (input: Parameters<typeof openBackup>[1]) => openBackup(context, input),
    closeBackup: (input: StepInput) => closeBackup(context, input),
    findDueTiers: (input: Parameters<typeof findDueTiers>[1]) => findDueTiers(context, input),
    openSnapshot: endingWhenDiskIsFull((input: RoundInput) => openSnapshot(context, input)),
    closeSnapshot: (input: RoundInput) => closeSnapshot(context, input),
    dumpDatabase: endingWhenDiskIsFull((input: DumpInput) => dumpDatabase(context, input)),
    dumpGlobals: endingWhenDiskIsFull((input: DumpInput) => dumpGlobals(context, input)),
    describeContent: endingWhenDiskIsFull((input: DescribeInput) => describeContent(context, input)),
    finishBackup: endingWhenDiskIsFull((input: FinishInput) => finishBackup(context, input)),
    removePartial: (input: Parameters<typeof removePartial>[1]) => removePartial(context, input),
  };
}
