import type { IncomingMessage } from 'node:http';
import { verifySlackRequest } from '@slack/bolt';

/** Slack's requests are small; what is bigger is none. */
const longestBody = 256 * 1024;

/** How long Slack's signature counts, by the time stamp that it covers. */
const windowMs = 5 * 60_000;

/** Why a request was refused: for the log, never for whoever sent it. */
export class Refused extends Error {}

/** Lets in what Slack signed, within five minutes, and each request once. */
export class SlackGate {
  readonly #signingSecret: string;
  /** Signatures that were let in, with the instant from which they are too old anyway. */
  readonly #seen = new Map<string, number>();

  constructor(signingSecret: string) {
    this.#signingSecret = signingSecret;
  }

  /** @returns the body, as it was signed. @throws Refused */
  async admit(request: IncomingMessage, now = Date.now()): Promise<Buffer> {
    const body = await read(request);
    const signature = String(request.headers['x-slack-signature'] ?? '');
    const timestamp = Number(request.headers['x-slack-request-timestamp']);
    try {
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
    this.#forget(now);
    if (this.#seen.has(signature)) throw new Refused('this very request came before');
    this.#seen.set(signature, timestamp * 1000 + windowMs);
    return body;
  }

  #forget(now: number): void {
    for (const [signature, until] of this.#seen) if (until < now) this.#seen.delete(signature);
  }
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  // Not destroyed when it is too long: it still gets its answer.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > longestBody) throw new Refused(`more than ${longestBody} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
