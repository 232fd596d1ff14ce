import type { Channels } from '../plan/channels.ts';
import type { ChannelName } from './contract.ts';

/** @returns the channels that a plan sets up; text messages and calls are one account. */
export function channelsSetUp({ email, slack, pagerduty, webhooks, twilio }: Channels): ChannelName[] {
  return [
    ...(email ? (['email'] as const) : []),
    ...(slack ? (['slack'] as const) : []),
    ...(pagerduty ? (['pagerduty'] as const) : []),
    ...(Object.keys(webhooks).length > 0 ? (['webhook'] as const) : []),
    ...(twilio ? (['sms'] as const) : []),
  ];
}
