import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { plainText } from '../../text/plain.ts';
import { messages, type RecoverDeletedDataResult, recoveries, recoveryId } from '../../workflows/contract.ts';
import { isConfirmed, requireTerminal } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { incidentToJoin } from '../follow/incident-to-join.ts';
import { observe } from '../follow/observe.ts';
import { renderApproval, renderIncident, renderIntent } from '../render/intent.ts';
import { refuseIfRunning, startProcedure } from '../start.ts';
import { requireWorker, type Temporal, withTemporal } from '../temporal.ts';
import { follow, inputOf, type Recovery, recover } from './recover.ts';
import { type RestoreOptions, restoreInputOf } from './recover-restore.ts';

export interface DeletionOptions extends RestoreOptions {
  readonly before?: string;
}

/**
 * `kintsugi recover deletion`: unlike the other procedures it is started before the question, since every row that is written
 * while a person reads would be lost; the question is answered to the running procedure, which takes all back when it is a no.
 * From chat nothing that stops an application is started by one line of text: there it shows and asks first, as the others do.
 */
export async function recoverDeletion(context: CliContext, options: DeletionOptions): Promise<void> {
  const loaded = await context.loadPlan();
  const { plan } = loaded;
  const fromChat = context.confirmElsewhere !== undefined;
  const dropFirst = options.dropFirst ?? plan.restore.dropFirst;
  const recovery: Recovery<RecoverDeletedDataResult> = {
    name: 'deletion',
    input: { ...restoreInputOf(options), ...(options.before === undefined ? {} : { before: options.before }) },
    intent: (planned, { lastMs, now, colors }) => [
      `Will stop all writes to ${colors.bold(planned.database)} at once${fromChat ? '' : ', before it asks'}.`,
      ...renderIntent({
        plan: planned,
        keepReplaced: plan.backups.keepReplaced,
        dropFirst,
        lastMs,
        now,
        zone: plan.zone,
        colors,
      }),
    ],
    summary: ({ database }) => `Bring back data of ${database} that was deleted`,
    pin: ({ backup }) => ({ backup: backup.id }),
    alwaysAsks: true,
  };
  if (fromChat || options.dryRun === true || options.show === true) return recover(context, recovery, options);

  const database = options.database ?? plan.database.name;
  const command = 'kintsugi recover deletion';
  if (options.yes !== true && options.detach !== true) requireTerminal(context, command);
  const workflowId = recoveryId(plan.stack.project, 'deletion');
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    await refuseIfRunning(temporal, plan, workflowId);
    context.say(
      `Stops all writes to ${context.screen.colors.bold(database)} now: whatever is written from here on would be lost.`,
    );
    const joined = options.incident === undefined ? await incidentToJoin(temporal, plan.stack.project) : null;
    if (joined !== null) context.say(renderIncident(joined));
    const handle = await startProcedure(temporal, plan, {
      workflowType: recoveries.deletion,
      workflowId,
      input: {
        ...inputOf({ ...options, incident: options.incident ?? joined?.workflowId }),
        ...recovery.input,
        ...(options.yes === true ? { confirm: database } : {}),
      },
      summary: `Bring back data of ${database} that was deleted`,
    });
    if (options.yes !== true && options.detach !== true) await askWhenShown(context, temporal, handle, options, database);
    if (options.yes !== true && options.detach === true) {
      const policy = plan.approvals[options.severity];
      context.say(renderApproval(policy === 'none' ? 'one' : policy, options.severity));
    }
    await follow(context, temporal, loaded, handle, options.detach === true);
  });
}

/** Waits until the procedure has found what would be lost, shows it, asks, and tells the procedure the answer. */
async function askWhenShown(
  context: CliContext,
  temporal: Temporal,
  handle: WorkflowHandle,
  options: DeletionOptions,
  database: string,
): Promise<void> {
  for (;;) {
    const { status, progress } = await observe(temporal, handle);
    if (status !== 'RUNNING') return;
    if (progress?.phase === 'waitingForApproval') {
      for (const line of plainText(progress.message ?? '').split('\n')) context.say(line);
      break;
    }
    await delay(500);
  }
  const { requestedBy: by = '', reason = '' } = inputOf(options);
  const yes = await isConfirmed(
    context,
    `Type the database’s name to restore it (${database}); anything else lets writes go on:`,
    database,
  );
  const answer = yes ? { by, reason: reason || 'started it' } : { by, reason: reason || 'not confirmed' };
  await handle.executeUpdate<string, [typeof answer]>(yes ? messages.approve : messages.refuse, { args: [answer] });
}
