import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { fromFailure } from '../errors/failure.ts';
import { incidentId } from '../incident/contract.ts';
import type { Plan } from '../plan/schema.ts';
import { backupId, type TakeBackupResult } from './contract.ts';
import { parseInput } from './failure.ts';
import { look } from './proxies.ts';
import { reportProblem, reportRecovered } from './report-problem.ts';
import { searchAttributes } from './search-attributes.ts';
import { takeBackup } from './take-backup.ts';
import { untilNoRecovery } from './until-no-recovery.ts';

const noInput = z.strictObject({});
const whileAnotherRuns = '10s';

/**
 * Takes the backup that the schedule is for: one, which serves all tiers that are due. It waits for a backup that is being taken and
 * for a recovery; only then is it seen which tiers are due, since that backup, or the hour that passed, may have changed it.
 *
 * A backup that fails opens an incident here; one that was never tried is found by the audit.
 */
export async function takeDueBackup(rawInput: Record<string, never> = {}): Promise<TakeBackupResult> {
  parseInput(noInput, rawInput);
  const { plan } = await look.readPlan();
  upsertSearchAttributes([
    { key: searchAttributes.stack, value: plan.stack.project },
    { key: searchAttributes.procedure, value: 'takeDueBackup' },
  ]);
  const incident = incidentId(plan.stack.project, 'backups');
  try {
    const taken = await takeOne(plan);
    await reportRecovered(incident, 'kintsugi', `backup ${taken.id} was taken`);
    return taken;
  } catch (error) {
    if (!isCancellation(error)) {
      const { message } = fromFailure(error instanceof ChildWorkflowFailure ? error.cause : error);
      const problem = `the scheduled backup of ${plan.database.name} failed: ${message}`.slice(0, 500);
      await reportProblem(incident, {
        problem,
        severity: 'P2',
        openedBy: 'kintsugi',
        impact: 'What is written since the last backup is not safe.',
      });
    }
    throw error;
  }
}

async function takeOne(plan: Plan): Promise<TakeBackupResult> {
  const { project } = plan.stack;
  for (;;) {
    await untilNoRecovery(project, setCurrentDetails);
    const at = new Date(Math.max(Date.now(), scheduledAt())).toISOString();
    const { tiers } = await look.findDueTiers({ plan, at });
    try {
      return await executeChild(takeBackup, {
        // The id is the lock: one backup of a stack at a time, whoever asked for it.
        workflowId: backupId(project),
        args: [{ reason: `scheduled: ${tiers.join(', ')}`, tiers }],
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        staticSummary: `Backup: ${tiers.join(', ')}`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      setCurrentDetails('waits for a backup that is being taken');
      await sleep(whileAnotherRuns, { summary: 'another backup is being taken' });
    }
  }
}

/** @returns the instant that the schedule started this run for: the worker's clock may be a little behind the server's. */
function scheduledAt(): number {
  const [at] = (workflowInfo().searchAttributes.TemporalScheduledStartTime as Date[] | undefined) ?? [];
  return at instanceof Date ? at.getTime() : 0;
}
