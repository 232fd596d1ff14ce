import type { Plan } from '../plan/schema.ts';
import type { ChannelName } from './contract.ts';

/** One way to reach somebody: what `sendMessage` needs besides the message. */
export interface Way {
  readonly channel: ChannelName;
  readonly address: string;
}

type Reach = Plan['people'][string]['reach'][number];

/** Needs nothing but the worker's machine: what is left when no channel is set up. */
const lastResort: readonly Way[] = [
  { channel: 'terminal', address: '' },
  { channel: 'file', address: '' },
];

/**
 * @returns the ways to reach a person that the plan's channels can serve, best first; terminal and file when there is none.
 *   Nobody is without a way, so that a message is never lost without a trace. Safe in workflow code.
 */
export function waysTo(plan: Plan, person: string): readonly Way[] {
  const ways = (plan.people[person]?.reach ?? []).map(wayOf).filter((way) => isSetUp(plan, way));
  return ways.length > 0 ? ways : lastResort;
}

/** @returns the ways of a person that no channel of the plan can serve: a gap for `plan check` and `notify test` to name. */
export function unservedWays(plan: Plan, person: string): readonly Way[] {
  return (plan.people[person]?.reach ?? []).map(wayOf).filter((way) => !isSetUp(plan, way));
}

function wayOf(reach: Reach): Way {
  if ('phone' in reach) return { channel: 'voice', address: reach.phone };
  if ('sms' in reach) return { channel: 'sms', address: reach.sms };
  if ('email' in reach) return { channel: 'email', address: reach.email };
  if ('slack' in reach) return { channel: 'slack', address: reach.slack };
  if ('pagerduty' in reach) return { channel: 'pagerduty', address: reach.pagerduty };
  return { channel: 'webhook', address: reach.webhook };
}

function isSetUp({ channels }: Plan, { channel, address }: Way): boolean {
  switch (channel) {
    case 'voice':
    case 'sms':
      return channels.twilio !== undefined;
    case 'pagerduty':
      return channels.pagerduty?.services[address] !== undefined;
    case 'webhook':
      return channels.webhooks[address] !== undefined;
    case 'email':
    case 'slack':
      return channels[channel] !== undefined;
    case 'terminal':
    case 'file':
      return true;
  }
}
