import type { z } from 'zod';
import type { Channel } from '../../src/channels/channel.ts';
import type { ChannelName } from '../../src/channels/contract.ts';
import { createChannel } from '../../src/channels/create.ts';
import { channels } from '../../src/plan/channels.ts';

/** @returns a channel as the worker makes it, with secrets by the name of their environment variable. */
export async function channelOf(
  name: ChannelName,
  plan: z.input<typeof channels>,
  secrets: Readonly<Record<string, string>>,
  stateFolder: string,
): Promise<Channel> {
  return createChannel(name, channels.parse({ ...plan, timeout: '400ms' }), {
    secret: async (reference) => ('env' in reference ? (secrets[reference.env] ?? '') : ''),
    planFolder: stateFolder,
    stateFolder,
  });
}
