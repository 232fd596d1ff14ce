import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { confirmByName } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { followToEnd } from '../follow/outcome.ts';
import { sayStarted } from '../follow/started.ts';
import { startProcedure } from '../start.ts';
import { requireWorker, withTemporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';
import { findUndo, type RowsWrittenSince } from './undo-of.ts';

export interface UndoOptions {
  readonly by?: string;
  readonly reason?: string;
  readonly yes?: boolean;
  readonly detach?: boolean;
  readonly changed?: RowsWrittenSince;
}

/** `kintsugi undo`: brings back what a recovery replaced: the database, the images, or the rows that it repaired. */
export async function undo(context: CliContext, options: UndoOptions, recovery: string): Promise<void> {
  const { plan } = await context.loadPlan();
  const database = plan.database.name;
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const { workflowType, intent } = await findUndo(temporal, plan, recovery);
    if (options.changed !== undefined && workflowType !== 'undoRepair') {
      throw new KintsugiError('INVALID_INPUT', `--changed is for repairs; ${recovery} was none.`, {
        state: 'Nothing was stopped or changed.',
        hints: [`kintsugi undo ${recovery}`],
      });
    }
    for (const line of intent(recovery, plan, options.changed)) context.say(line);
    if (options.yes !== true) {
      await confirmByName(context, `Type the database’s name to go on (${database}):`, database, `kintsugi undo ${recovery}`);
    }
    const workflowId = `undo-${plan.stack.project}`;
    const handle = await startProcedure(temporal, plan, {
      workflowType,
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
    sayStarted(context, temporal, plan.temporal.ui, handle);
  });
}
