import { randomBytes } from 'node:crypto';
import { exitStatus } from '../../errors/table.ts';
import type { Plan } from '../../plan/schema.ts';
import { type VerifyBackupsInput, type VerifyBackupsResult, verificationId } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { explainFailure } from '../failures.ts';
import { sayStarted } from '../follow/started.ts';
import { watch } from '../follow/watch.ts';
import { renderVerification } from '../render/verification.ts';
import { startProcedure } from '../start.ts';
import { requireWorker, type Temporal, withTemporal } from '../temporal.ts';

export interface BackupVerifyOptions {
  readonly filesOnly?: boolean;
  readonly detach?: boolean;
}

/** `kintsugi backup verify`: one backup, or all by rotation as the schedule does it. */
export async function backupVerify(context: CliContext, id: string, options: BackupVerifyOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const handle = await start(temporal, plan, {
      ...(id === '' ? {} : { backup: id }),
      restore: options.filesOnly !== true,
    });
    if (options.detach === true) {
      sayStarted(context, temporal, plan.temporal.ui, handle);
      return;
    }
    // The answer is one object: what happens meanwhile is for people only.
    const watched = context.json ? null : await watch(context, temporal, handle, plan.zone);
    if (watched?.end === 'failed') throw explainFailure(watched.error);
    if (watched?.end === 'left') {
      context.say(`${handle.workflowId} goes on without this terminal. Follow it: kintsugi watch ${handle.workflowId}`);
      return;
    }
    const result = (watched === null ? await resultOf(handle) : watched.result) as VerifyBackupsResult;
    context.answer(result);
    for (const line of renderVerification(result, context.screen.colors)) context.say(line);
    const bad = result.backups.some(({ files, restore }) => files === 'failed' || restore === 'failed');
    if (bad || (id === '' && result.findings.length > 0)) context.exit(exitStatus.backup);
  });
}

async function resultOf(handle: { result(): Promise<unknown> }): Promise<unknown> {
  return handle.result().catch((error: unknown) => {
    throw explainFailure(error);
  });
}

/** One of all backups at a time; one of a single backup beside it. */
function start(temporal: Temporal, plan: Plan, input: VerifyBackupsInput) {
  const id = verificationId(plan.stack.project);
  return startProcedure(temporal, plan, {
    workflowType: 'verifyBackups',
    workflowId: input.backup === undefined ? id : `${id}-${randomBytes(3).toString('hex')}`,
    input,
    summary: input.backup === undefined ? 'Verifies the stored backups' : `Verifies backup ${input.backup}`,
  });
}
