import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { sameSecret } from './constant-time.ts';
import { type Desk, type Reply, requestIdOf } from './desk.ts';
import { fenced } from './dialect.ts';
import { Seen } from './seen.ts';
import { type Route, sendJson } from './server.ts';
import { commandName } from './slack-commands.ts';
import { Refused } from './slack-gate.ts';

export interface MattermostChat {
  /** Address of the server: answers go nowhere else. */
  readonly url: string;
  /** That Mattermost made for the slash command. */
  readonly token: string;
  readonly desk: Desk;
  readonly log: (line: string) => void;
}

const form = z.object({
  token: z.string(),
  user_id: z.string().regex(/^[a-z0-9]{26}$/),
  channel_id: z.string().regex(/^[a-z0-9]{26}$/),
  command: z.string().max(100),
  text: z.string().default(''),
  response_url: z.url(),
  trigger_id: z.string().min(1).max(1000),
});

/** Mattermost shows an error when nothing came by then. */
const answerWithinMs = 2_000;
const rememberMs = 60 * 60_000;

/**
 * Mattermost's slash commands. It signs nothing: whoever has the token can send anything, so what is destructive is confirmed by
 * a second command with a code that only the first one's answer shows, and that works once, for one user.
 */
export function mattermostRoute(chat: MattermostChat): Route {
  const seen = new Seen();
  return {
    method: 'POST',
    path: '/mattermost/command',
    answer: async (_request, body, response) => {
      const values = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
      // The token first: nothing else is worth an answer without it.
      if (!sameSecret(values.token ?? '', chat.token)) throw new Refused('a wrong token, or none');
      const fields = form.safeParse(values);
      if (!fields.success) {
        sendJson(response, 400, { text: 'This is no slash command of Mattermost.' });
        return;
      }
      const { user_id, channel_id, command, text, response_url, trigger_id } = fields.data;
      if (new URL(response_url).origin !== new URL(chat.url).origin) throw new Refused(`answers would go to ${response_url}`);
      if (!seen.isFirst(trigger_id, Date.now() + rememberMs)) throw new Refused('this very request came before');

      const request = {
        service: 'mattermost' as const,
        user: user_id,
        channel: channel_id,
        command: commandName(command),
        text,
        requestId: requestIdOf('mattermost', trigger_id),
      };
      const answers = new Answers(response_url, chat.log);
      const done = chat.desk.handle(request, replyTo(answers, request.command));
      await Promise.race([answers.first, done, delay(answerWithinMs)]);
      sendJson(response, 200, {
        response_type: 'ephemeral',
        text: answers.takeFirst() ?? 'Works on it; the answer follows here.',
      });
    },
  };
}

function replyTo(answers: Answers, command: string): Reply {
  return {
    say: (text) => answers.give(fenced(text)),
    ask: (text, { nonce, name }) =>
      answers.give(`${fenced(text)}\nTo go on, within 10 minutes: \`${command} confirm ${nonce} ${name}\``),
  };
}

/** The first answer goes back with the request, if it comes in time; the others to the response address. */
class Answers {
  readonly first: Promise<void>;
  readonly #url: string;
  readonly #log: (line: string) => void;
  #answered = false;
  #text: string | null = null;
  #arrived: () => void = () => undefined;

  constructor(url: string, log: (line: string) => void) {
    this.#url = url;
    this.#log = log;
    this.first = new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  /** @returns the answer that is there, if there is one. Later ones are sent. */
  takeFirst(): string | null {
    this.#answered = true;
    return this.#text;
  }

  #isOpen(): boolean {
    return !this.#answered;
  }

  async give(text: string): Promise<void> {
    if (this.#isOpen() && this.#text === null) {
      this.#text = text;
      this.#arrived();
      return;
    }
    const answer = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ response_type: 'ephemeral', text }),
      redirect: 'error',
      signal: AbortSignal.timeout(15_000),
    });
    await answer.body?.cancel();
    if (!answer.ok) this.#log(`Mattermost did not take an answer: ${answer.status}`);
  }
}
