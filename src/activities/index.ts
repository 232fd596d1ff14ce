import { lookAtAll } from './audit/look.ts';
import { pingOutside } from './audit/ping.ts';
import { rememberAudit } from './audit/record.ts';
import { findDeleted } from './backups/find-deleted.ts';
import { createBackupActivities } from './backups/index.ts';
import { probeChannel } from './channels/probe-channel.ts';
import { sendMessage } from './channels/send-message.ts';
import type { StepInput, WorkerContext } from './context.ts';
import { createCorruptionActivities } from './corruption/index.ts';
import { createDeploymentActivities } from './deployment.ts';
import { removeJobs } from './docker/remove-jobs.ts';
import { findDependents, startServices, stopServices } from './docker/services.ts';
import { createDrillActivities } from './drills/index.ts';
import { expectedTimes } from './host/expected-times.ts';
import { checkHealth } from './host/health.ts';
import { recordIncident, writeIncidentReport } from './host/incident-report.ts';
import { describeLock } from './host/lock.ts';
import { readPlan } from './host/plan.ts';
import { recordDecisions, writeReport } from './host/report.ts';
import { createIntegrityActivities } from './integrity/index.ts';
import { clearLeftovers } from './leftovers/mend.ts';
import { analyze } from './postgres/analyze.ts';
import { dropLive } from './postgres/drop-live.ts';
import { fence, liftFence } from './postgres/fence.ts';
import { preflight } from './postgres/preflight.ts';
import { holdWrites, releaseWrites } from './postgres/read-only.ts';
import { dropReplaced, findReplaced, swapBack } from './postgres/replaced.ts';
import { restoreBeside } from './postgres/restore.ts';
import { dropScratch } from './postgres/scratch.ts';
import { swap } from './postgres/swap.ts';
import { verifyRestored } from './postgres/verify.ts';
import { createRepairActivities } from './repairs/index.ts';
import { checkNewest } from './retention/check-newest.ts';
import { pruneBackups } from './retention/prune.ts';
import { removeScratchServers } from './scratch-server/remove.ts';
import { startScratchServer } from './scratch-server/start.ts';
import { stackActivities } from './survey/index.ts';
import { checkFiles } from './verification/check-files.ts';
import { recordVerification } from './verification/record.ts';
import { surveyBackups } from './verification/survey.ts';

/** An activity as it stands by its outside system: its context first, then its one argument. */
type Step<I, O> = (context: WorkerContext, input: I) => Promise<O>;

/** @returns all activities, bound to what they work with. Workflows know them by this type alone. */
export function createActivities(context: WorkerContext) {
  const bind =
    <I, O>(step: Step<I, O>) =>
    (input: I): Promise<O> =>
      step(context, input);
  return {
    readPlan: () => readPlan(context),
    describeLock,
    ...createBackupActivities(context),
    ...createDeploymentActivities(context),
    ...createRepairActivities(context),
    ...createIntegrityActivities(context),
    ...createCorruptionActivities(context),
    ...createDrillActivities(context),
    preflight: bind(preflight),
    findDependents: bind(findDependents),
    stopServices: bind(stopServices),
    startServices: bind(startServices),
    removeJobs: bind(removeJobs),
    ...stackActivities(bind),
    clearLeftovers: bind(clearLeftovers),
    findDeleted: bind(findDeleted),
    holdWrites: bind(holdWrites),
    releaseWrites: bind(releaseWrites),
    fence: bind(fence),
    liftFence: bind(liftFence),
    dropLive: bind(dropLive),
    restoreBeside: bind(restoreBeside),
    verifyRestored: bind(verifyRestored),
    analyze: bind(analyze),
    swap: bind(swap),
    swapBack: bind(swapBack),
    findReplaced: bind(findReplaced),
    dropReplaced: bind(dropReplaced),
    dropScratch: bind(dropScratch),
    startScratchServer: bind(startScratchServer),
    removeScratchServers: bind(removeScratchServers),
    surveyBackups: bind(surveyBackups),
    checkFiles: bind(checkFiles),
    recordVerification,
    checkHealth: (input: StepInput) => checkHealth(input),
    expectedTimes: bind(expectedTimes),
    recordDecisions,
    recordIncident,
    writeReport: bind(writeReport),
    writeIncidentReport: bind(writeIncidentReport),
    sendMessage: bind(sendMessage),
    probeChannel: bind(probeChannel),
    lookAtAll: bind(lookAtAll),
    rememberAudit: bind(rememberAudit),
    pingOutside: bind(pingOutside),
    checkNewest: bind(checkNewest),
    pruneBackups: bind(pruneBackups),
  };
}

/** The activities' types: all that workflows import from this folder. */
export type Activities = ReturnType<typeof createActivities>;
