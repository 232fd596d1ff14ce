import { randomBytes } from 'node:crypto';
import type { ChannelName } from '../../channels/contract.ts';
import { exitStatus } from '../../errors/table.ts';
import type { NotifyTestInput, NotifyTestResult } from '../../workflows/contract.ts';
import { confirmYes } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { explainFailure } from '../failures.ts';
import { renderDeliveries } from '../render/deliveries.ts';
import { startProcedure } from '../start.ts';
import { requireWorker, withTemporal } from '../temporal.ts';

export interface NotifyTestOptions {
  readonly person?: string;
  readonly channel?: ChannelName;
  readonly yes?: boolean;
}

/** `kintsugi notify test`: every contact over each of its ways. The exit status says whether all of them work. */
export async function notifyTest(context: CliContext, options: NotifyTestOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  const whom = options.person ?? `all ${Object.keys(plan.people).length} people of the plan`;
  if (context.screen.canAsk && options.yes !== true) {
    const sure = await confirmYes(context, `Send test messages to ${whom}, calls included?`);
    if (!sure) {
      context.say('Nothing was sent.');
      return;
    }
  }
  const input: NotifyTestInput = {
    ...(options.person === undefined ? {} : { person: options.person }),
    ...(options.channel === undefined ? {} : { channel: options.channel }),
  };
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const handle = await startProcedure(temporal, plan, {
      workflowType: 'notifyTest',
      workflowId: `notify-test-${plan.stack.project}-${randomBytes(3).toString('hex')}`,
      input,
      summary: 'Test messages to the plan’s people',
    });
    const result: NotifyTestResult = await handle.result().catch((error: unknown) => {
      throw explainFailure(error);
    });
    context.answer({ type: 'notifyTest', workflowId: handle.workflowId, ...result });
    for (const line of renderDeliveries(plan, result, context.screen.colors)) context.say(line);
    const bad = result.unserved.length + result.sent.filter(({ outcome }) => outcome === 'failed').length;
    if (bad > 0) context.exit(exitStatus.environment);
  });
}
