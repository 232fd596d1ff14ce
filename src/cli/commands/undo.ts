import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { recoveries } from '../../workflows/contract.ts';
import { confirmByName } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { followToEnd } from '../follow/outcome.ts';
import { startProcedure } from '../start.ts';
import { requireWorker, type Temporal, withTemporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';

export interface UndoOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly detach?: boolean;
  readonly changed?: 'leave' | 'overwrite';
}

/** `kintsugi undo`: swaps back the database that a recovery replaced, or puts back the rows that a repair changed. */
export async function undo(context: CliContext, options: UndoOptions, recovery: string): Promise<void> {
  const { plan } = await context.loadPlan();
  const database = plan.database.name;
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const isRepair = await wasRepair(temporal, recovery);
    if (options.changed !== undefined && !isRepair)
      throw new KintsugiError('INVALID_INPUT', `--changed is for repairs; ${recovery} replaced a whole database.`, {
        state: 'Nothing was stopped or changed.',
        hints: [`kintsugi undo ${recovery}`],
      });
    for (const line of isRepair ? ofRepair(recovery, options.changed) : ofReplaced(recovery, plan.backups.keepReplaced))
      context.say(line);
    if (options.yes !== true) {
      await confirmByName(context, `Type the database’s name to go on (${database}):`, database, `kintsugi undo ${recovery}`);
    }
    const workflowId = `undo-${plan.stack.project}`;
    const handle = await startProcedure(temporal, plan, {
      workflowType: isRepair ? 'undoRepair' : 'undoRecovery',
      workflowId,
      input: {
        recovery,
        requestedBy: whoAsks(options.by),
        confirm: database,
        reason: options.reason ?? '',
        ...(options.changed === undefined ? {} : { changedSince: options.changed }),
      },
      summary: `Undo ${recovery}`,
    });
    if (options.detach !== true) return followToEnd(context, temporal, handle, plan.zone);
    context.answer({ type: 'started', workflowId });
    context.say(`${workflowId} is started and goes on by itself. Follow it: kintsugi watch ${workflowId}`);
  });
}

/** Temporal knows what the run was; once it has forgotten it, its id still says so. */
async function wasRepair(temporal: Temporal, recovery: string): Promise<boolean> {
  const workflowId = recovery.replace(/\/[0-9a-f-]+$/, '');
  const known = await temporal.client.workflow
    .getHandle(workflowId)
    .describe()
    .catch(() => null);
  return known === null ? workflowId.startsWith('repair-') : known.type === recoveries.repair;
}

function ofReplaced(recovery: string, keep: string): string[] {
  return [
    `Will swap back the database that ${recovery} replaced; the one that is live now is kept for ${keep}.`,
    '  What was written since that recovery will not be in the live database any more.',
  ];
}

function ofRepair(recovery: string, changed: UndoOptions['changed']): string[] {
  const written = {
    leave: 'Rows that were written since stay as they are.',
    overwrite: 'Rows that were written since are put back, too: what was written is LOST.',
  };
  return [
    `Will put back each row that ${recovery} repaired, as wrong as it was, and take back what it made in the schema.`,
    `  ${changed === undefined ? 'If a row was written since, nothing is done and it is listed.' : written[changed]}`,
  ];
}
