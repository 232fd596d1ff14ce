import type { z } from 'zod';
import type { ChannelName } from '../../../src/channels/contract.ts';
import type { channels } from '../../../src/plan/channels.ts';

/**
 * How a provider behaves: as it should; saying no for good; asking to wait (429); broken (500); taking the message and never
 * answering; answering half and closing; not there at all.
 */
export type Behaviour = 'answer' | 'refuse' | 'busy' | 'broken' | 'slow' | 'half' | 'down';

/** A message as its receiver sees it. */
export interface Received {
  /** What the receiver deduplicates by. */
  readonly id: string;
  /** Everything a person reads of it. */
  readonly text: string;
}

/** A provider on loopback that speaks its protocol and checks requests as the real one does. */
export interface Provider {
  readonly channel: ChannelName;
  readonly plan: z.input<typeof channels>;
  /** Secrets of the plan by the name of their environment variable. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly address: string;
  /** Whether a message can be looked up after an attempt without an answer. */
  readonly canLookUp: boolean;
  /** Whether an answer can tell how long to wait. */
  readonly tellsRetryAfter: boolean;
  behave(behaviour: Behaviour): Promise<void>;
  received(): readonly Received[];
  stop(): Promise<void>;
}

/** @returns a provider's secrets as lines of an environment file. */
export function environmentOf({ secrets }: Pick<Provider, 'secrets'>): string {
  return Object.entries(secrets)
    .map(([name, value]) => `${name}="${value}"\n`)
    .join('');
}
