import { type ChoiceInput, messages } from '../../workflows/contract.ts';
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
        ...(context.requestId === undefined ? {} : { updateId: context.requestId }),
      }),
    );
    context.answer({ type: verb, workflowId: handle.workflowId, answer });
    context.say(`${handle.workflowId}: ${answer}.`);
    context.say(`  kintsugi watch ${handle.workflowId}`);
  });
}

export interface ProceedOptions extends DecideOptions {
  readonly to?: string;
}

/** `kintsugi proceed`: chooses how a procedure goes on; the choice stands in its history. */
export async function proceed(context: CliContext, options: ProceedOptions, choice: string, id?: string): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const handle = await requireRun(temporal, plan, id);
    const made = {
      choice,
      by: whoAsks(options.by),
      reason: options.reason,
      ...(options.to === undefined ? {} : { to: options.to }),
    };
    const answer = await temporal.connection.withDeadline(Date.now() + 20_000, () =>
      handle.executeUpdate<string, [ChoiceInput]>(messages.proceed, { args: [made] }),
    );
    context.answer({ type: 'proceed', workflowId: handle.workflowId, answer });
    context.say(`${handle.workflowId}: ${answer}.`);
    context.say(`  kintsugi watch ${handle.workflowId}`);
  });
}
