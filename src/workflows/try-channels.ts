import { isCancellation, upsertSearchAttributes } from '@temporalio/workflow';
import { z } from 'zod';
import type { ChannelName } from '../channels/contract.ts';
import { channelsSetUp } from '../channels/set-up.ts';
import { fromFailure } from '../errors/failure.ts';
import { incidentId } from '../incident/contract.ts';
import type { Channels } from '../plan/channels.ts';
import type { TryChannelsResult } from './contract.ts';
import { parseInput } from './failure.ts';
import { look } from './proxies.ts';
import { reportProblem, reportRecovered } from './report-problem.ts';
import { searchAttributes } from './search-attributes.ts';

const noInput = z.strictObject({});

/** Tries every channel that the plan sets up, without waking anybody: a password that has run out must not show in an incident. */
export async function tryChannels(rawInput: Record<string, never> = {}): Promise<TryChannelsResult> {
  parseInput(noInput, rawInput);
  const { plan } = await look.readPlan();
  upsertSearchAttributes([
    { key: searchAttributes.stack, value: plan.stack.project },
    { key: searchAttributes.procedure, value: 'tryChannels' },
  ]);
  const channels = await Promise.all(channelsSetUp(plan.channels).map((channel) => tryOne(plan.channels, channel)));
  const id = incidentId(plan.stack.project, 'channels');
  const bad = channels.filter(({ ok }) => !ok);
  if (bad.length === 0) await reportRecovered(id, 'tryChannels', 'every channel can be used again');
  else {
    const problem = `messages can't leave: ${bad.map(({ channel, text }) => `${channel}: ${text}`).join('; ')}`.slice(0, 500);
    await reportProblem(id, { problem, severity: 'P3', openedBy: 'tryChannels', impact: 'People may not be reached.' });
  }
  return { channels };
}

async function tryOne(channels: Channels, channel: ChannelName): Promise<TryChannelsResult['channels'][number]> {
  try {
    const { ok, text } = await look.probeChannel({ channels, channel });
    return { channel, ok, text };
  } catch (error) {
    if (isCancellation(error)) throw error;
    return { channel, ok: false, text: fromFailure(error).message };
  }
}
