import { SendProblem } from '../../channels/channel.ts';
import type { ChannelName } from '../../channels/contract.ts';
import { createChannel } from '../../channels/create.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Channels } from '../../plan/channels.ts';
import type { WorkerContext } from '../context.ts';

/**
 * Tries a channel without waking anybody.
 *
 * @returns whether it would take messages, and what was seen: the evidence of it is what `kintsugi ready` reads. @throws KintsugiError CHANNEL_UNREACHABLE, which is retried.
 */
export async function probeChannel(
  context: WorkerContext,
  { channels, channel: name }: { channels: Channels; channel: ChannelName },
): Promise<{ channel: ChannelName; ok: boolean; text: string }> {
  try {
    const channel = await createChannel(name, channels, context);
    const text = await channel.probe?.();
    return { channel: name, ok: true, text: text ?? 'it has no way to be tried quietly; its keys can be read' };
  } catch (error) {
    if (error instanceof KintsugiError) return { channel: name, ok: false, text: error.message };
    if (!(error instanceof SendProblem)) throw error;
    if (error.kind === 'refused') return { channel: name, ok: false, text: error.message };
    throw new KintsugiError('CHANNEL_UNREACHABLE', `${name}: ${error.message}`, { hints: ['kintsugi notify test'] });
  }
}
