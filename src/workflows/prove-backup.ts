import { CancellationScope, isCancellation, log, workflowInfo } from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import type { Plan } from '../plan/schema.ts';
import { speaksAgainstBackup } from '../verification/fault.ts';
import { act, type check, look } from './proxies.ts';
import { apartSteps, restoreApart } from './restore-apart.ts';
import { listAs } from './search-attributes.ts';
import { Procedure } from './steps.ts';
import { untilNoRecovery } from './until-no-recovery.ts';

export interface ProveInput {
  readonly plan: Plan;
  /** What the check of its files found. */
  readonly facts: Parameters<typeof check.openBackup>[0]['facts'];
}

/** `notDone`: the machine kept it from being proven, which is no verdict on the backup. */
export interface ProveResult {
  readonly id: string;
  readonly outcome: 'passed' | 'failed' | 'notDone';
  readonly code: string | null;
  readonly text: string;
  /** Of the restore and the comparison, in milliseconds. */
  readonly durationMs: number;
}

/** A server that was lost, or any other fault of the machine, is met with a new server, this often in all. */
const rounds = 2;

/** A crash loses no verdict: the server is thrown away then. */
const fast = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' };

/**
 * Proves that a stored backup can be restored: on a scratch server apart from production, by the steps of a recovery, compared in
 * full. The result is kept with the backup. What the machine is to blame for is tried again, and calls no backup bad.
 */
export async function proveBackup({ plan, facts }: ProveInput): Promise<ProveResult> {
  const { workflowId, runId } = workflowInfo();
  const database = facts.databaseName ?? plan.database.name;
  const step = { plan, database, workflowId, runId };
  const stack = plan.stack.project;
  const procedure = new Procedure({ procedure: 'proveBackup', stack, database, severity: 'P4', rtoMs: 0 }, apartSteps, plan.zone);
  listAs({ stack, procedure: 'proveBackup' });
  for (let round = 1; ; round += 1) {
    const began = Date.now();
    try {
      // It would take the disk's and the processors' time from it.
      await untilNoRecovery(stack, (what) => procedure.phase('running', what));
      const apart = {
        step,
        facts,
        round,
        limits: plan.verification.server,
        settings: fast,
        withoutAnalyze: 'nobody asks the copy',
      };
      const text = await restoreApart(procedure, apart, async (_there, verified) => verified.summary);
      const durationMs = Date.now() - began;
      await keep({ outcome: 'passed', durationMs });
      procedure.phase('completed');
      return { id: facts.id, outcome: 'passed', code: null, text, durationMs };
    } catch (error) {
      if (isCancellation(error)) {
        await CancellationScope.nonCancellable(async () => procedure.phase('cancelled'));
        throw error;
      }
      const { code, message } = fromFailure(error);
      const durationMs = Date.now() - began;
      const { stored } = await look.surveyBackups({ plan });
      if (!stored.some(({ id }) => id === facts.id)) {
        procedure.phase('failed', 'The backup was deleted meanwhile.');
        return { id: facts.id, outcome: 'notDone', code: 'BACKUP_MISSING', text: 'it was deleted meanwhile', durationMs };
      }
      const failed = speaksAgainstBackup(code, message);
      if (failed) await keep({ outcome: 'failed', code, message, durationMs });
      else if (round < rounds) {
        log.warn(`tried again on a new scratch server: ${message}`, { round });
        continue;
      }
      procedure.phase('failed', message);
      return { id: facts.id, outcome: failed ? 'failed' : 'notDone', code, text: message, durationMs };
    }
  }

  function keep(result: Omit<Parameters<typeof act.recordVerification>[0]['result'], 'means'>): Promise<void> {
    return act.recordVerification({ ...step, path: facts.path, result: { means: 'restore', ...result } });
  }
}
