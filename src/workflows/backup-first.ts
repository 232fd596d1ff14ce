import { executeChild, workflowInfo } from '@temporalio/workflow';
import { backupId, type TakeBackupResult } from './contract.ts';
import { shortRunId } from './run-id.ts';
import type { ProcedureRun } from './run-procedure.ts';
import { bytes } from './say.ts';
import { takeBackup } from './take-backup.ts';

/** The step `backup` of a procedure that is about to change a database in place: a logical backup, with whatever is wrong in it. */
export function backupFirst(run: ProcedureRun, reason: string): Promise<TakeBackupResult> {
  const { procedure, plan, step } = run;
  return procedure.step(
    'backup',
    () =>
      executeChild(takeBackup, {
        workflowId: `${backupId(plan.stack.project)}-before-${shortRunId(workflowInfo().runId)}`,
        args: [{ database: step.database, reason }],
        staticSummary: `Backup of ${step.database} before anything is changed`,
      }),
    { note: (found) => `${found.id}, ${bytes(found.bytes)}` },
  );
}
