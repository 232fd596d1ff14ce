import {
  type KnownBlock,
  type Logger,
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from '@slack/web-api';
import type { Channels } from '../plan/channels.ts';
import { type Channel, SendProblem } from './channel.ts';
import type { Delivery, MessageAction, OutgoingMessage } from './contract.ts';
import { networkProblem, parseRetryAfter, statusProblem } from './http-problem.ts';
import type { ChannelParts } from './parts.ts';
import { cut } from './text.ts';

/** Type of the metadata by which a message is found again. */
const eventType = 'kintsugi_message';

/** What Slack says when the fault is its own and passes. */
const passing = new Set([
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'ratelimited',
  'rate_limited',
]);

/** Slack's web API. One thread an incident; a message carries its key as metadata, so that it can be found again. */
export async function createSlack(plan: NonNullable<Channels['slack']>, parts: ChannelParts): Promise<Channel> {
  const client = new WebClient(await parts.secret(plan.token), {
    slackApiUrl: plan.url,
    timeout: parts.timeoutMs,
    // Temporal retries; this client's own half hour of retries would hide that nobody was told.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    allowAbsoluteUrls: false,
    logger: silent,
  });
  const ask = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      throw problemOf(error);
    }
  };

  return {
    async probe() {
      const { team, user } = await ask(client.auth.test());
      return `Slack knows the token as ${user} of ${team}`;
    },

    async send(message) {
      const thread = threadOf(message);
      const { channel, ts } = await ask(
        client.chat.postMessage({
          channel: message.address,
          text: cut(`${message.severity} ${message.subject}`, 3000),
          blocks: blocksOf(message),
          metadata: { event_type: eventType, event_payload: { key: message.key } },
          unfurl_links: false,
          ...(thread === undefined ? {} : { thread_ts: thread }),
        }),
      );
      return posted(channel, ts);
    },

    async find(message, since) {
      const channel = /^[UW]/.test(message.address)
        ? (await ask(client.conversations.open({ users: message.address }))).channel?.id
        : message.address;
      if (channel === undefined) return null;
      const thread = threadOf(message);
      const range = { channel, oldest: String(since.getTime() / 1000 - 60), include_all_metadata: true, limit: 200 };
      const { messages = [] } = await ask(
        thread === undefined ? client.conversations.history(range) : client.conversations.replies({ ...range, ts: thread }),
      );
      const found = messages.find(({ metadata }) => {
        const payload = metadata?.event_payload as { key?: unknown } | undefined;
        return metadata?.event_type === eventType && payload?.key === message.key;
      });
      return found === undefined ? null : posted(channel, found.ts);
    },
  };
}

function posted(channel: string | undefined, ts: string | undefined): Delivery {
  if (channel === undefined || ts === undefined)
    throw new SendProblem('noAnswer', 'Slack answered without the id of the message');
  return { providerId: `${channel}:${ts}`, outcome: 'delivered', why: `posted in ${channel}` };
}

/** The thread of an incident, if it is in the channel that this message goes to: a person's own messages have their own. */
function threadOf(message: OutgoingMessage): string | undefined {
  const [channel, ts] = message.thread?.split(':') ?? [];
  const same = channel === message.address || (/^[UW]/.test(message.address) && channel?.startsWith('D'));
  return same ? ts : undefined;
}

function blocksOf(message: OutgoingMessage): KnownBlock[] {
  const actions = message.actions ?? [];
  return [
    { type: 'section', text: { type: 'mrkdwn', text: `*${escaped(cut(`${message.severity} ${message.subject}`, 300))}*` } },
    ...(message.text === ''
      ? []
      : [{ type: 'section' as const, text: { type: 'mrkdwn' as const, text: cut(escaped(message.text), 3000) } }]),
    ...(actions.length === 0 ? [] : [{ type: 'actions' as const, elements: actions.map(button) }]),
    { type: 'context', elements: [{ type: 'plain_text', text: cut(message.key, 2000), emoji: false }] },
  ];
}

/** What is expected of the reader stands out. */
const styles: Partial<Record<MessageAction['action'], 'primary' | 'danger'>> = {
  acknowledge: 'primary',
  approve: 'primary',
  refuse: 'danger',
};

function button({ action, workflowId, label }: MessageAction) {
  return {
    type: 'button' as const,
    action_id: `kintsugi:${action}`,
    text: { type: 'plain_text' as const, text: cut(label, 75) },
    value: JSON.stringify({ workflowId }),
    ...(styles[action] === undefined ? {} : { style: styles[action] }),
  };
}

/** Slack's three control characters: with them escaped, no text can mention a channel or hide a link. */
function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

function problemOf(error: unknown): SendProblem {
  if (error instanceof WebAPIRateLimitedError) {
    return new SendProblem('busy', 'Slack asks to wait', { retryAfterMs: error.retryAfter * 1000, cause: error });
  }
  if (error instanceof WebAPIPlatformError) {
    const kind = passing.has(error.data.error) ? 'busy' : 'refused';
    return new SendProblem(kind, `Slack answered ${error.data.error}`, { cause: error });
  }
  if (error instanceof WebAPIHTTPError) {
    const retryAfter = parseRetryAfter(error.headers['retry-after']);
    const problem = statusProblem('Slack', error.statusCode, '', null);
    return new SendProblem(problem?.kind ?? 'noAnswer', problem?.message ?? error.message, {
      retryAfterMs: retryAfter,
      cause: error,
    });
  }
  return networkProblem('Slack', error instanceof WebAPIRequestError ? error.original : error);
}

/** The client's own log would say nothing that the failure does not say. */
const nothing = () => undefined;
const silent: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  setLevel: nothing,
  setName: nothing,
  getLevel: () => LogLevel.ERROR,
};
