import type { StepProgress } from '../workflows/contract.ts';
import type { ActivityRun, Attempt } from './activities.ts';
import type { ReportStep, StepOutcome } from './report.ts';

/** What activities do that are no step of their own, for people. */
const titles: Readonly<Record<string, string>> = {
  readPlan: 'read the plan',
  describeLock: 'look for a recovery that runs',
  recordDecisions: 'write down who decided',
  chooseBackup: 'choose and check the backup',
  findDependents: 'remember what runs',
  findReplaced: 'find what was replaced',
  stopServices: 'stop services',
  openBackup: 'open the backup',
  restoreBeside: 'restore beside',
  verifyRestored: 'verify',
  startServices: 'start services',
  checkHealth: 'application health',
  liftFence: 'lift the fence',
  dropLive: 'drop the old database',
  dropScratch: 'drop the scratch database',
  swapBack: 'swap back',
  removeJobs: 'remove job containers',
  closeBackup: 'remove the decrypted copy',
  clearLeftovers: 'clear what terminated runs left',
  removeScratchServers: 'remove the scratch server',
  recordVerification: 'keep the result with the backup',
  writeReport: 'write the report',
};

/** Steps whose activity has another name; every other step has that of its activity. */
const stepNames: Readonly<Record<string, string>> = {
  verifyRestored: 'verify',
  checkHealth: 'health',
  startScratchServer: 'server',
  prepareDrill: 'criteria',
  tryApplication: 'application',
  openBackup: 'restoreBeside',
  dropLive: 'restoreBeside',
  recordDecisions: 'approval',
};

/** What is written down at the end, and what people do when all is over. */
const notSteps: ReadonlySet<string> = new Set(['writeReport', 'recordDrillEnd', 'signOffDrill']);

/** @returns what an activity does, in words. */
export function activityTitle(name: string): string {
  return titles[name] ?? name.replaceAll(/([A-Z])/g, ' $1').toLowerCase();
}

/**
 * @param progress the steps as the procedure told them; null when nothing does (it was terminated): the activities are the steps.
 * @param isOver whether the run has ended: a step that was begun and not ended has an unknown end then.
 * @returns the steps of a run, with what happened outside of any step between them.
 */
export function stepsOf(
  progress: readonly StepProgress[] | null,
  activities: readonly ActivityRun[],
  isOver: boolean,
): ReportStep[] {
  if (progress === null) return activities.map((activity) => outsideStep(activity, 'step'));
  const owned = new Map<StepProgress, ActivityRun[]>(progress.map((step) => [step, []]));
  const outside: ActivityRun[] = [];
  for (const activity of activities) {
    const step = ownerOf(progress, activity);
    if (step === undefined) outside.push(activity);
    else owned.get(step)?.push(activity);
  }
  // The step that writes the report can't tell its own end.
  const told = progress.filter((step) => step.name !== 'report');
  const lastEnd = told.reduce((last, step) => (step.endedAt !== undefined && step.endedAt > last ? step.endedAt : last), '');
  const rows = told.map((step) => reportStep(step, owned.get(step) ?? [], isOver));
  for (const activity of outside.filter(({ name }) => !notSteps.has(name))) {
    const { startedAt } = activity;
    const isAfter = lastEnd !== '' && startedAt !== null && startedAt >= lastEnd;
    // Steps stand in the order of the procedure, what was skipped too; the rest goes where its time is.
    const before = rows.findLastIndex((row) => row.startedAt !== null && row.startedAt <= (startedAt ?? ''));
    rows.splice(before + 1, 0, outsideStep(activity, isAfter ? 'cleanUp' : 'outside'));
  }
  // What was not come to stands last, after what was taken back.
  return [...rows.filter((row) => row.state !== 'waiting'), ...rows.filter((row) => row.state === 'waiting')];
}

/** The step in whose time an activity was begun; where several were at once, the one that has its name. */
function ownerOf(progress: readonly StepProgress[], { name, startedAt }: ActivityRun): StepProgress | undefined {
  if (startedAt === null) return undefined;
  const candidates = progress.filter(
    (step) =>
      step.startedAt !== undefined && step.startedAt <= startedAt && (step.endedAt === undefined || startedAt < step.endedAt),
  );
  const own = stepNames[name] ?? name;
  return candidates.find((step) => step.name === own) ?? candidates.at(-1);
}

function reportStep(step: StepProgress, activities: readonly ActivityRun[], isOver: boolean): ReportStep {
  return {
    name: step.name,
    title: step.title,
    kind: 'step',
    state: step.state === 'running' && isOver ? 'unknown' : step.state,
    startedAt: step.startedAt ?? null,
    endedAt: step.endedAt ?? null,
    note: step.note ?? null,
    attempts: Math.max(0, ...activities.map((activity) => activity.attempts.length)),
  };
}

function outsideStep(activity: ActivityRun, kind: ReportStep['kind']): ReportStep {
  const last = activity.attempts.at(-1);
  return {
    name: activity.name,
    title: activityTitle(activity.name),
    kind,
    state: last === undefined ? 'waiting' : stateOf(last),
    startedAt: activity.startedAt,
    endedAt: activity.endedAt,
    note: last?.message ?? null,
    attempts: activity.attempts.length,
  };
}

function stateOf({ outcome }: Attempt): StepOutcome {
  if (outcome === 'lost') return 'unknown';
  return outcome === 'cancelled' ? 'failed' : outcome;
}
