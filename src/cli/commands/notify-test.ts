import { randomBytes } from 'node:crypto';
import type { ChannelName } from '../../channels/contract.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { exitStatus } from '../../errors/table.ts';
import type { NotifyTestInput, NotifyTestResult, TryChannelsResult } from '../../workflows/contract.ts';
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
  readonly quiet?: boolean;
}

/** `kintsugi notify test`: every contact over each of its ways. The exit status says whether all of them work. */
export async function notifyTest(context: CliContext, options: NotifyTestOptions): Promise<void> {
  if (options.quiet === true) return tryQuietly(context, options);
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

/** Tries the channels as the schedule does every day. */
async function tryQuietly(context: CliContext, { person, channel }: NotifyTestOptions): Promise<void> {
  if (person !== undefined || channel !== undefined) {
    throw new KintsugiError('INVALID_INPUT', '--quiet reaches nobody, so it takes neither --person nor --channel.', {
      state: 'Nothing was sent.',
      hints: ['kintsugi notify test --quiet'],
    });
  }
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const handle = await startProcedure(temporal, plan, {
      workflowType: 'tryChannels',
      workflowId: `try-channels-${plan.stack.project}-${randomBytes(3).toString('hex')}`,
      input: {},
      summary: 'Try of the message channels, without waking anybody',
    });
    const { channels }: TryChannelsResult = await handle.result().catch((error: unknown) => {
      throw explainFailure(error);
    });
    context.answer({ type: 'tryChannels', workflowId: handle.workflowId, channels });
    const { green, red } = context.screen.colors;
    for (const { channel: name, ok, text } of channels)
      context.say(`  ${ok ? green('✔') : red('✖')} ${name.padEnd(9)}   ${text}`);
    if (channels.length === 0) context.say('The plan sets no channel up: messages go to the terminal and a file.');
    if (channels.some(({ ok }) => !ok)) context.exit(exitStatus.environment);
  });
}
