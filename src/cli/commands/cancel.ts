import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { CliContext } from '../context.ts';
import { followToEnd } from '../follow/outcome.ts';
import { requireRun } from '../follow/target.ts';
import { findWorkers, withTemporal } from '../temporal.ts';

/** `kintsugi cancel`: asks a procedure to stop, and follows it while it takes back what it did. */
export async function cancel(context: CliContext, options: { detach?: boolean }, id?: string): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    const handle = await requireRun(temporal, plan, id);
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') {
      throw new KintsugiError('NOT_FOUND', `${handle.workflowId} does not run (${status.name.toLowerCase()}).`, {
        state: 'Nothing was stopped or changed.',
        hints: ['kintsugi status'],
      });
    }
    await handle.cancel();
    context.say(`${handle.workflowId} is asked to stop; it takes back what it did before it ends.`);
    if ((await findWorkers(temporal)).length === 0)
      context.note('No worker listens: it stops when one is back. HINT: kintsugi up');
    if (options.detach === true) {
      context.answer({ type: 'cancelling', workflowId: handle.workflowId });
      return;
    }
    await followToEnd(context, temporal, handle, plan.zone).catch((error: unknown) => {
      // It was asked for, so it is no failure of this command.
      if (!(error instanceof KintsugiError && error.code === 'CANCELLED')) throw error;
      if (error.state !== undefined) context.say(error.state);
    });
  });
}
