import type { Delivery, OutgoingMessage } from './contract.ts';

/** A way out for messages: one provider behind its own client library. Made once a worker; holds its secrets in memory only. */
export interface Channel {
  /**
   * Sends one message, once: no retries inside, since Temporal retries and the record of what was sent decides.
   *
   * @throws SendProblem in every case in which the provider did not take it over.
   */
  send(message: OutgoingMessage): Promise<Delivery>;
  /**
   * Looks for a message at the provider after an attempt whose end is not known.
   *
   * @param since when that attempt began. @returns null if the provider does not have it. @throws SendProblem
   */
  find?(message: OutgoingMessage, since: Date): Promise<Delivery | null>;
  /**
   * Waits until the provider knows what became of a message it accepted, as long as the plan says.
   *
   * @param providerId of the accepted message. @param signal ends the wait early: `accepted` stands then.
   */
  follow?(providerId: string, signal: AbortSignal): Promise<Delivery>;
  /**
   * Tries connection and credentials as far as that goes without reaching a person.
   *
   * @returns what was seen, one line. @throws SendProblem
   */
  probe?(): Promise<string>;
}

/**
 * Why a message did not go out.
 *
 * - refused: the provider said no for good (address, credentials, content); trying again can't help
 * - busy: it said to come back later
 * - unreachable: nothing was sent, since no connection came about
 * - noAnswer: it may have it, but did not answer, or not to the end
 */
export type ProblemKind = 'refused' | 'busy' | 'unreachable' | 'noAnswer';

export class SendProblem extends Error {
  override readonly name = 'SendProblem';
  readonly kind: ProblemKind;
  /** How long the provider asks to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(kind: ProblemKind, why: string, options: { retryAfterMs?: number | undefined; cause?: unknown } = {}) {
    super(why, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}
