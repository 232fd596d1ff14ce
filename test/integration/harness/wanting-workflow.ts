import { defineQuery, setHandler } from '@temporalio/workflow';
import { messageWanted, type OutgoingMessage, type SentMessage, type Wanted } from '../../../src/channels/contract.ts';
import type { Plan } from '../../../src/plan/schema.ts';
import { deliver } from '../../../src/workflows/messenger.ts';

/** Sends one message and answers `wanted` when it is asked just before. */
export async function wanting(plan: Plan, message: OutgoingMessage, wanted: Wanted): Promise<SentMessage> {
  setHandler(defineQuery<Wanted, [string]>(messageWanted), (key) =>
    key === message.key ? wanted : { wanted: false, why: `asked for ${key}` },
  );
  return deliver(plan, message, '30s');
}
