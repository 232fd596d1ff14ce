import { type Channel, SendProblem } from './channel.ts';
import type { Delivery, OutgoingMessage } from './contract.ts';
import type { SentRecord, SentState } from './sent-record.ts';

/**
 * What this worker is handing to providers now. On a machine that is at its end an attempt can miss its heartbeats while its
 * request is on its way: the next attempt waits for that one, and does not send beside it.
 */
const underWay = new Map<string, Promise<Delivery>>();

/**
 * Sends a message, unless an earlier attempt did: look, act, look.
 *
 * An attempt whose end is not known (no answer, or the worker was killed between “sent” and “recorded”) is looked up at the
 * provider where it can be. Where it can't, P1 and P2 are sent again, with the same key, since a second call is better than
 * none; P3 and P4 are not.
 *
 * @param signal ends the wait for what becomes of an accepted message; never a sending that has begun.
 * @throws SendProblem busy, unreachable or noAnswer: to be tried again. A refusal is an outcome.
 */
export async function sendOnce(
  channel: Channel,
  message: OutgoingMessage,
  record: SentRecord,
  signal: AbortSignal,
): Promise<Delivery> {
  const handing = underWay.get(message.key) ?? handOver().finally(() => underWay.delete(message.key));
  underWay.set(message.key, handing);
  return follow(channel, await handing, signal);

  async function handOver(): Promise<Delivery> {
    const before = await record.read(message.key);
    if (before?.state === 'sent') return before.delivery;
    const found = before === null ? null : await lookUp(channel, message, before);
    return found ?? send(channel, message, record, before === null);
  }

  async function lookUp(
    on: Channel,
    sought: OutgoingMessage,
    { since }: SentState & { state: 'trying' },
  ): Promise<Delivery | null> {
    if (on.find !== undefined) {
      const delivery = await on.find(sought, new Date(since));
      if (delivery !== null) await record.write(sought.key, { state: 'sent', at: new Date().toISOString(), delivery });
      return delivery;
    }
    if (sought.severity === 'P1' || sought.severity === 'P2') return null;
    return {
      providerId: null,
      outcome: 'failed',
      why: `an attempt at ${since} got no answer and may have arrived; a ${sought.severity} message is not sent twice`,
    };
  }
}

/** @param first whether no earlier attempt is in doubt; one that is stays on record, whatever this one finds. */
async function send(channel: Channel, message: OutgoingMessage, record: SentRecord, first: boolean): Promise<Delivery> {
  if (first) await record.write(message.key, { state: 'trying', since: new Date().toISOString() });
  try {
    const delivery = await channel.send(message);
    await record.write(message.key, { state: 'sent', at: new Date().toISOString(), delivery });
    return delivery;
  } catch (error) {
    if (!(error instanceof SendProblem)) throw error;
    if (first && error.kind !== 'noAnswer') await record.forget(message.key);
    if (error.kind !== 'refused') throw error;
    return { providerId: null, outcome: 'failed', why: error.message };
  }
}

/** A provider may take a message over first and know later whether it arrived. */
async function follow(channel: Channel, delivery: Delivery, signal: AbortSignal): Promise<Delivery> {
  if (delivery.outcome !== 'accepted' || delivery.providerId === null || channel.follow === undefined) return delivery;
  return channel.follow(delivery.providerId, signal);
}
