import type { CliContext } from '../context.ts';
import { followToEnd } from '../follow/outcome.ts';
import { requireRun } from '../follow/target.ts';
import { withTemporal } from '../temporal.ts';

/** `kintsugi watch`: follows a procedure to its end; its failure is our exit status. */
export async function watchCommand(context: CliContext, id?: string): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => followToEnd(context, temporal, await requireRun(temporal, plan, id), plan.zone));
}
