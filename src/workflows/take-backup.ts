import { CancellationScope, isCancellation, workflowInfo } from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { type TakeBackupInput, type TakeBackupResult, takeBackupInput } from './contract.ts';
import { parseInput } from './failure.ts';
import { act, long, look, once } from './proxies.ts';

/** A backup whose server went down begins again with a new snapshot, this often. */
const rounds = 3;

/**
 * Takes a logical backup: dump, roles and manifest of one snapshot. Until the last step renames it, it is no backup.
 *
 * @param rawInput every field has a default from the plan, so an empty input works.
 */
export async function takeBackup(rawInput: TakeBackupInput = {}): Promise<TakeBackupResult> {
  const input = parseInput(takeBackupInput, rawInput);
  const { plan } = await look.readPlan();
  const { workflowId, runId } = workflowInfo();
  const step = { plan, database: input.database ?? plan.database.name, workflowId, runId };
  for (let round = 1; ; round += 1) {
    try {
      return await oneRound({ ...step, round }, input.reason, input.fingerprints ?? plan.backups.fingerprints);
    } catch (error) {
      const { code } = fromFailure(error);
      if (isCancellation(error) || round === rounds || (code !== 'CONNECTION_LOST' && code !== 'JOB_LOST')) throw error;
    }
  }
}

async function oneRound(
  step: Parameters<typeof act.closeSnapshot>[0],
  reason: string,
  fingerprints: boolean,
): Promise<TakeBackupResult> {
  let partial: Parameters<typeof act.removePartial>[0] | null = null;
  try {
    const snapshot = await act.openSnapshot(step);
    const whole = { ...step, snapshot, reason, fingerprints };
    partial = whole;
    await Promise.all([once.dumpDatabase(whole), once.describeContent(whole)]);
    const result = await long.finishBackup(whole);
    partial = null;
    return result;
  } finally {
    const left = partial;
    await CancellationScope.nonCancellable(async () => {
      await act.closeSnapshot(step);
      await act.removeJobs(step);
      if (left !== null) await act.removePartial(left);
    });
  }
}
