import type { IncomingHttpHeaders } from 'node:http';
import { verifySlackRequest } from '@slack/bolt';
import { Seen } from './seen.ts';

/** How long Slack's signature counts, by the time stamp that it covers. */
const windowMs = 5 * 60_000;

/** Why a request was refused: for the log, never for whoever sent it. */
export class Refused extends Error {}

/** Lets in what Slack signed, within five minutes, and each request once. */
export class SlackGate {
  readonly #signingSecret: string;
  readonly #seen = new Seen();

  constructor(signingSecret: string) {
    this.#signingSecret = signingSecret;
  }

  /** @throws Refused */
  admit(headers: IncomingHttpHeaders, body: Buffer, now = Date.now()): void {
    const signature = String(headers['x-slack-signature'] ?? '');
    const timestamp = Number(headers['x-slack-request-timestamp']);
    // Bolt looks at what stands before a second “=” only: one signature must not be spelt in two ways.
    if (!/^v0=[0-9a-f]{64}$/.test(signature)) throw new Refused('no signature, or none of version 0');
    try {
      // Compares in constant time, and refuses time stamps older than five minutes.
      verifySlackRequest({
        signingSecret: this.#signingSecret,
        body: body.toString('utf8'),
        headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': timestamp },
        nowMilliseconds: now,
      });
    } catch (error) {
      throw new Refused(error instanceof Error ? error.message : String(error));
    }
    // A time stamp from the future would outlive the memory of it.
    if (timestamp * 1000 > now + windowMs) throw new Refused('the time stamp is in the future');
    if (!this.#seen.isFirst(signature, timestamp * 1000 + windowMs, now)) throw new Refused('this very request came before');
  }
}
