import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { LoadedPlan } from '../../plan/load.ts';
import { type RestoreInput, type RestoreResult, recoveryId, restoreInput } from '../../workflows/contract.ts';
import { confirmByName } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { isRestoreResult } from '../follow/observation.ts';
import { followToEnd } from '../follow/outcome.ts';
import { renderApproval, renderIntent, renderSteps } from '../render/intent.ts';
import { refuseIfRunning, startProcedure } from '../start.ts';
import { requireWorker, type Temporal, withTemporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';

export interface RestoreOptions {
  readonly backup?: string;
  readonly database?: string;
  readonly severity: 'P1' | 'P2' | 'P3' | 'P4';
  readonly reason?: string;
  readonly by?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  readonly show?: boolean;
  readonly skip?: ('checks' | 'analyze' | 'health' | 'freshBackup')[];
  readonly dropFirst?: boolean;
  readonly allowOtherDatabase?: boolean;
  readonly detach?: boolean;
}

/** `kintsugi recover restore`: shows what will happen, asks, starts it, follows it. */
export async function recoverRestore(context: CliContext, options: RestoreOptions): Promise<void> {
  const loaded = await context.loadPlan();
  const input = restoreInput.parse(inputOf(options));
  await withTemporal(loaded.plan, async (temporal) => {
    await requireWorker(temporal);
    const dryRun = options.dryRun === true || options.show === true;
    if (!dryRun) await refuseIfRunning(temporal, loaded.plan, recoveryId(loaded.plan.stack.project));

    // A large backup is read from its beginning to its end.
    if (context.screen.isLive) context.note('Checks the backup, the server and the disk; nothing is touched yet.');
    const planned = await look(temporal, loaded, input);
    await sayIntent(context, temporal, loaded, input, planned, dryRun);
    if (dryRun) {
      context.answer({ type: 'plan', result: planned });
      return;
    }
    await confirm(context, options, planned);
    const handle = await startProcedure(temporal, loaded.plan, {
      workflowType: 'restoreDatabase',
      workflowId: recoveryId(loaded.plan.stack.project),
      // The backup that was shown, not one that became the newest meanwhile.
      input: { ...input, backup: input.backup ?? planned.backup.id, confirm: planned.database },
      summary: `Restore ${planned.database} from ${planned.backup.id}`,
    });
    await follow(context, temporal, loaded, handle, options.detach === true);
  });
}

function inputOf(options: RestoreOptions): RestoreInput {
  return {
    severity: options.severity,
    reason: options.reason ?? '',
    requestedBy: whoAsks(options.by),
    skip: options.skip ?? [],
    allowOtherDatabase: options.allowOtherDatabase === true,
    ...(options.backup === undefined ? {} : { backup: asGiven(options.backup) }),
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(options.dropFirst === undefined ? {} : { dropFirst: options.dropFirst }),
  };
}

/** A path counts from where the person is; the worker is elsewhere. */
function asGiven(backup: string): string {
  return backup.includes('/') ? resolve(backup) : backup;
}

/** Runs the procedure in plan mode. */
async function look(temporal: Temporal, loaded: LoadedPlan, input: RestoreInput): Promise<RestoreResult> {
  const handle = await startProcedure(temporal, loaded.plan, {
    workflowType: 'restoreDatabase',
    workflowId: `plan-restore-${loaded.plan.stack.project}-${randomBytes(3).toString('hex')}`,
    input: { ...input, mode: 'plan' },
    summary: 'Shows what a restore would do; touches nothing',
  });
  const result: unknown = await handle.result();
  if (isRestoreResult(result)) return result;
  throw new KintsugiError('INTERNAL', 'The worker answered something else than a plan.', { hints: ['kintsugi up'] });
}

async function sayIntent(
  context: CliContext,
  temporal: Temporal,
  { plan }: LoadedPlan,
  input: RestoreInput,
  planned: RestoreResult,
  dryRun: boolean,
): Promise<void> {
  const dropFirst = input.dropFirst ?? plan.restore.dropFirst;
  const policy = plan.approvals[input.severity ?? 'P1'];
  const approval = dropFirst && policy === 'none' ? 'one' : policy;
  const lines = renderIntent({
    plan: planned,
    approval,
    keepReplaced: plan.backups.keepReplaced,
    dropFirst,
    lastMs: await lastTook(temporal, plan.stack.project),
    now: Date.now(),
    zone: plan.zone,
    colors: context.screen.colors,
  });
  for (const line of lines) context.say(line);
  if (dryRun) for (const line of ['', ...renderSteps(planned, context.screen.columns)]) context.say(line);
  context.say(dryRun ? 'Nothing was stopped or changed.' : renderApproval(approval, input.severity ?? 'P1'));
}

/** @returns how long the last recovery of the stack took, if it ended well. */
async function lastTook(temporal: Temporal, project: string): Promise<number | null> {
  try {
    const handle = temporal.client.workflow.getHandle(recoveryId(project));
    const result: unknown = (await handle.describe()).status.name === 'COMPLETED' ? await handle.result() : null;
    return isRestoreResult(result) ? result.rtaMs : null;
  } catch {
    return null;
  }
}

async function confirm(context: CliContext, options: RestoreOptions, { database }: RestoreResult): Promise<void> {
  if (options.yes === true) return;
  await confirmByName(context, `Type the database’s name to go on (${database}):`, database, 'kintsugi recover restore');
}

async function follow(
  context: CliContext,
  temporal: Temporal,
  { plan }: LoadedPlan,
  handle: WorkflowHandle & { firstExecutionRunId?: string },
  detach: boolean,
): Promise<void> {
  const { workflowId } = handle;
  const link = `${plan.temporal.ui}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(workflowId)}`;
  if (detach) {
    context.answer({ type: 'started', workflowId, runId: handle.firstExecutionRunId ?? null, ui: link });
    context.say(`${workflowId} is started and goes on by itself.`);
    context.say(`  see it   kintsugi watch ${workflowId}\n           ${link}\n  stop it  kintsugi cancel ${workflowId}`);
    return;
  }
  context.say(`\n${context.screen.colors.dim(link)}`);
  await followToEnd(context, temporal, handle, plan.zone);
}
