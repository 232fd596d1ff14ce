import { WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import { summaryLine } from '../../text/summary.ts';
import { clock, span } from '../../text/time.ts';
import { backupId, type TakeBackupInput, type TakeBackupResult } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { explainFailure } from '../failures.ts';
import { sayStarted } from '../follow/started.ts';
import { watch } from '../follow/watch.ts';
import { rate } from '../render/checklist.ts';
import { table } from '../render/text.ts';
import { requireWorker, type Temporal, withTemporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';

export interface BackupTakeOptions {
  readonly database?: string;
  readonly reason?: string;
  readonly fingerprints?: boolean;
  readonly detach?: boolean;
}

/** `kintsugi backup take`: takes a backup, or joins the one that is being taken. */
export async function backupTake(context: CliContext, options: BackupTakeOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const input: TakeBackupInput = {
      reason: options.reason ?? `asked for by ${whoAsks()}`,
      ...(options.database === undefined ? {} : { database: options.database }),
      ...(options.fingerprints === undefined ? {} : { fingerprints: options.fingerprints }),
    };
    const handle = await startOrJoin(context, temporal, backupId(plan.stack.project), input);
    if (options.detach === true) {
      sayStarted(context, temporal, plan.temporal.ui, handle);
      return;
    }
    const began = Date.now();
    // The answer is one object: what happens meanwhile is for people only.
    const watched = context.json ? null : await watch(context, temporal, handle, plan.zone);
    if (watched?.end === 'failed') throw explainFailure(watched.error);
    if (watched?.end === 'left') {
      context.say(`${handle.workflowId} goes on without this terminal. Follow it: kintsugi watch ${handle.workflowId}`);
      return;
    }
    const taken = (watched === null ? await handle.result() : watched.result) as TakeBackupResult;
    context.answer(taken);
    context.say(
      `${context.screen.colors.green('✔')} backup ${context.screen.colors.bold(taken.id)} in ${span(Date.now() - began)}`,
    );
    const content = `${taken.tables} ${taken.tables === 1 ? 'table' : 'tables'}, ${taken.rows.toLocaleString('en')} rows${taken.fingerprints ? ', content fingerprints' : ''}`;
    for (const line of table([
      ['size', rate(taken.bytes)],
      ['content', content],
      ['as of', clock(taken.takenAt, plan.zone, Date.now())],
      ['folder', taken.path],
    ])) {
      context.say(line);
    }
  });
}

async function startOrJoin(
  context: CliContext,
  temporal: Temporal,
  workflowId: string,
  input: TakeBackupInput,
): Promise<WorkflowHandle> {
  try {
    return await temporal.client.workflow.start('takeBackup', {
      taskQueue: temporal.taskQueue,
      workflowId,
      args: [input],
      staticSummary: summaryLine(`Backup: ${input.reason}`),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    context.note('A backup is being taken already; this joins it.');
    return temporal.client.workflow.getHandle(workflowId);
  }
}
