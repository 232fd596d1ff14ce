import type { CliContext } from '../context.ts';
import { requireRun } from '../follow/target.ts';
import { requireWorker, withTemporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';

export interface DecideOptions {
  readonly by?: string;
  readonly reason: string;
}

/** `kintsugi approve` and `kintsugi refuse`: answers a procedure that waits for a person; the answer stands in its history. */
export async function decide(
  context: CliContext,
  verb: 'approve' | 'refuse',
  options: DecideOptions,
  id?: string,
): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const handle = await requireRun(temporal, plan, id);
    const answer = await temporal.connection.withDeadline(Date.now() + 20_000, () =>
      handle.executeUpdate<string, [{ by: string; reason: string }]>(verb, {
        args: [{ by: whoAsks(options.by), reason: options.reason }],
      }),
    );
    context.answer({ type: verb, workflowId: handle.workflowId, answer });
    context.say(`${handle.workflowId}: ${answer}.`);
    context.say(`  kintsugi watch ${handle.workflowId}`);
  });
}
