import { setTimeout as delay } from 'node:timers/promises';
import twilio from 'twilio';
import type RequestClient from 'twilio/lib/base/RequestClient.js';
import type { Channels } from '../plan/channels.ts';
import { milliseconds } from '../plan/units.ts';
import { SendProblem } from './channel.ts';
import type { Delivery } from './contract.ts';
import { networkProblem, statusProblem } from './http-problem.ts';
import type { ChannelParts } from './parts.ts';

export type TwilioPlan = NonNullable<Channels['twilio']>;

/** Where Twilio's client sends everything, unless the plan names another address. */
const usual = 'https://api.twilio.com';

/**
 * Twilio's own HTTP client with two additions: the plan's address, and the Retry-After header, which Twilio's errors leave out.
 */
class AddressedClient extends twilio.RequestClient {
  readonly #url: string;

  constructor(url: string, timeout: number) {
    super({ timeout, keepAlive: false });
    this.#url = url.replace(/\/$/, '');
  }

  override async request<T>(options: RequestClient.RequestOptions<T>): ReturnType<typeof RequestClient.prototype.request<T>> {
    const answer = await super.request<T>({ ...options, uri: options.uri.replace(usual, this.#url) });
    const retryAfter = (answer.headers as Record<string, string> | undefined)?.['retry-after'] ?? null;
    const problem = statusProblem('Twilio', answer.statusCode, messageOf(answer.body), retryAfter);
    if (problem !== null) throw problem;
    return answer;
  }
}

/** Twilio answers a refusal as JSON with a sentence in it. */
function messageOf(body: unknown): string {
  try {
    const { message } = (typeof body === 'string' ? JSON.parse(body) : body) as { message?: unknown };
    return typeof message === 'string' ? message : '';
  } catch {
    return '';
  }
}

export async function createTwilioClient(plan: TwilioPlan, parts: ChannelParts): Promise<twilio.Twilio> {
  return new twilio.Twilio(plan.key ?? plan.account, await parts.secret(plan.token), {
    accountSid: plan.account,
    httpClient: new AddressedClient(plan.url, parts.timeoutMs),
  });
}

/** Runs a call of Twilio's client. @throws SendProblem for whatever it throws. */
export async function asking<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw error instanceof SendProblem ? error : networkProblem('Twilio', error);
  }
}

/** Asks for the account itself: it costs nothing and calls nobody. @throws SendProblem, also for an account that may not send. */
export async function probeAccount(client: twilio.Twilio, { account }: TwilioPlan): Promise<string> {
  const { status } = await asking(client.api.v2010.accounts(account).fetch());
  if (status !== 'active') throw new SendProblem('refused', `Twilio: the account is ${status}`);
  return `Twilio: the account is ${status}`;
}

/**
 * Asks for the status of a message or call until it is final, or as long as the plan says.
 *
 * @param look asks once. @param judge says what a status means; null while it may still change.
 */
export async function followStatus(
  plan: TwilioPlan,
  providerId: string,
  signal: AbortSignal,
  look: () => Promise<{ status: string; errorCode?: number | null; errorMessage?: string | null }>,
  judge: (status: string) => Delivery['outcome'] | null,
): Promise<Delivery> {
  const patience = milliseconds(plan.answerWithin);
  const until = Date.now() + patience;
  let last = 'unknown';
  while (Date.now() < until && !signal.aborted) {
    // An answer that can't be had now is asked for again: the message itself is on its way.
    const seen = await asking(look()).catch(() => null);
    if (seen !== null) {
      last = [seen.status, seen.errorCode, seen.errorMessage].filter(Boolean).join(' ');
      const outcome = judge(seen.status);
      if (outcome !== null) return { providerId, outcome, why: `Twilio: ${last}` };
    }
    await delay(Math.min(2_000, patience / 4), undefined, { signal }).catch(() => undefined);
  }
  return { providerId, outcome: 'accepted', why: `Twilio: still ${last} after ${plan.answerWithin}` };
}
