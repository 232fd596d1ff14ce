import { type DrillInput, drillId } from '../../workflows/drill-contract.ts';
import type { CliContext } from '../context.ts';
import { followToEnd } from '../follow/outcome.ts';
import { sayStarted } from '../follow/started.ts';
import { refuseIfRunning, startProcedure } from '../start.ts';
import { requireWorker, withTemporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';

export interface DrillRunOptions {
  readonly backup?: string;
  readonly annual?: boolean;
  readonly reason?: string;
  readonly by?: string;
  readonly detach?: boolean;
}

/** `kintsugi drill run` @throws KintsugiError why the drill failed, so that the exit status tells it. */
export async function drillRun(context: CliContext, options: DrillRunOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  const kind = options.annual === true ? 'annualTest' : 'monthlyDrill';
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const workflowId = drillId(plan.stack.project, kind);
    await refuseIfRunning(temporal, plan, workflowId);
    const input: DrillInput = {
      ...(options.backup === undefined ? {} : { backup: options.backup }),
      reason: options.reason ?? '',
      requestedBy: whoAsks(options.by),
    };
    const summary =
      kind === 'annualTest' ? 'Annual test of the recovery' : 'Drill: restores a stored backup apart from production';
    const handle = await startProcedure(temporal, plan, { workflowType: kind, workflowId, input, summary });
    if (options.detach === true) {
      sayStarted(context, temporal, plan.temporal.ui, handle);
      return;
    }
    await followToEnd(context, temporal, handle, plan.zone);
    if (!context.json) context.say('  Sign it off: kintsugi drill sign-off --verdict accepted --comment TEXT');
  });
}
