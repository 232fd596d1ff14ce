import { App, type Receiver } from '@slack/bolt';
import { boltLogger } from './bolt-logger.ts';
import type { Decision } from './decide.ts';
import type { Desk } from './desk.ts';
import type { Known } from './people.ts';
import { Seen } from './seen.ts';
import { answerButtons } from './slack-buttons.ts';
import { answerCommands } from './slack-commands.ts';

export interface SlackChat {
  /** Bot token. */
  readonly token: string;
  /** Address of Slack's web API. */
  readonly url: string;
  readonly desk: Desk;
  /** @returns the plan's person behind a Slack user; null for anybody else. */
  readonly person: (slackUser: string) => Promise<Known | null>;
  /** Carries a decision out. @returns what to answer. @throws an error whose message is for the person. */
  readonly decide: (decision: Decision) => Promise<string>;
  /** Records that somebody unknown pressed a button. */
  readonly deny: (slackUser: string, channel: string, what: string) => Promise<void>;
  readonly log: (line: string) => void;
}

/** Slack gives up on a delivery long before that. */
const rememberMs = 60 * 60_000;

/** @returns Slack's own library with all that we answer, behind a receiver: over HTTP, or over Socket Mode. */
export function createSlackApp(receiver: Receiver, chat: SlackChat): App {
  const app = new App({
    receiver,
    authorize: async () => ({ botToken: chat.token }),
    clientOptions: { slackApiUrl: chat.url, retryConfig: { retries: 1 }, allowAbsoluteUrls: false },
    logger: boltLogger(chat.log),
  });
  dropRepeats(app, chat);
  answerButtons(app, chat);
  answerCommands(app, chat);
  app.error(async (error) => chat.log(`Slack: ${error.message}`));
  return app;
}

/** What Slack delivers again is acknowledged and does nothing: by the id of the envelope, and by that of the interaction. */
function dropRepeats(app: App, { log }: SlackChat): void {
  const seen = new Seen();
  app.use(async ({ body, context, next, ...rest }) => {
    const { trigger_id } = body as { trigger_id?: unknown };
    const keys = [trigger_id, context.envelopeId].filter((id) => typeof id === 'string' && id !== '') as string[];
    // All of them are noted, not only those before the first that is known.
    const known = keys.filter((key) => !seen.isFirst(key, Date.now() + rememberMs));
    if (known.length === 0) return next();
    log('Slack delivered a request again; it was carried out before');
    const { ack } = rest as { ack?: () => Promise<void> };
    await ack?.();
  });
}
