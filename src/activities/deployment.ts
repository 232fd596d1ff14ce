import { buildImages, removeWorktree } from './code/build.ts';
import { findLastGood, recordDeploy } from './code/deploys.ts';
import { findCommit } from './code/find-commit.ts';
import { bringUp, findSwitch, keepImages, switchImages } from './code/images.ts';
import type { WorkerContext } from './context.ts';
import { downgradeSchema, upgradeSchema } from './migrations/change.ts';
import { compareSchema, findBackupAt } from './migrations/compare.ts';
import { findMigrating, findMigrationFailure, stopMigrating } from './migrations/find-failure.ts';
import { dropInvalidIndexes, findHalfDone } from './migrations/half-done.ts';
import { readMigrations } from './migrations/look.ts';

/** An activity as it stands by its outside system: its context first, then its one argument. */
type Step<I, O> = (context: WorkerContext, input: I) => Promise<O>;

/** @returns the activities on migrations and on the application's code. */
export function createDeploymentActivities(context: WorkerContext) {
  const bind =
    <I, O>(step: Step<I, O>) =>
    (input: I): Promise<O> =>
      step(context, input);
  return {
    readMigrations: bind(readMigrations),
    findLastGood: bind(findLastGood),
    findMigrationFailure: bind(findMigrationFailure),
    findMigrating: bind(findMigrating),
    stopMigrating: bind(stopMigrating),
    findHalfDone: bind(findHalfDone),
    dropInvalidIndexes: bind(dropInvalidIndexes),
    compareSchema: bind(compareSchema),
    findBackupAt: bind(findBackupAt),
    upgradeSchema: bind(upgradeSchema),
    downgradeSchema: bind(downgradeSchema),
    findCommit: bind(findCommit),
    buildImages: bind(buildImages),
    removeWorktree: bind(removeWorktree),
    keepImages: bind(keepImages),
    switchImages: bind(switchImages),
    bringUp: bind(bringUp),
    findSwitch: bind(findSwitch),
    recordDeploy: bind(recordDeploy),
  };
}
