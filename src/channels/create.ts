import type { Channels } from '../plan/channels.ts';
import { milliseconds } from '../plan/units.ts';
import { type Channel, SendProblem } from './channel.ts';
import type { ChannelName } from './contract.ts';
import type { ChannelParts } from './parts.ts';

/**
 * Makes the channel of a name from the plan. Each client library is loaded with its channel's first message: the command line
 * and a worker without channels never pay for it.
 *
 * @throws SendProblem refused, when the plan does not set the channel up; KintsugiError SECRET_MISSING
 */
export async function createChannel(name: ChannelName, plan: Channels, parts: Omit<ChannelParts, 'timeoutMs'>): Promise<Channel> {
  const all: ChannelParts = { ...parts, timeoutMs: milliseconds(plan.timeout) };
  switch (name) {
    case 'email':
      return (await import('./email.ts')).createEmail(set(plan.email, name), all);
    case 'slack':
      return (await import('./slack.ts')).createSlack(set(plan.slack, name), all);
    case 'pagerduty':
      return (await import('./pagerduty.ts')).createPagerduty(set(plan.pagerduty, name), all);
    case 'webhook':
      return (await import('./webhook.ts')).createWebhooks(plan.webhooks, all);
    case 'sms':
      return (await import('./twilio-sms.ts')).createTwilioSms(set(plan.twilio, 'twilio'), all);
    case 'voice':
      return (await import('./twilio-voice.ts')).createTwilioVoice(set(plan.twilio, 'twilio'), all);
    case 'terminal':
      return (await import('./terminal.ts')).createTerminal();
    case 'file':
      return (await import('./file.ts')).createFile(all);
  }
}

function set<T>(section: T | undefined, name: string): T {
  if (section === undefined) throw new SendProblem('refused', `the plan does not set up channels.${name}`);
  return section;
}
