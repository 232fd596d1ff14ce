import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { App, type BlockButtonAction, HTTPReceiver, LogLevel } from '@slack/bolt';
import { z } from 'zod';
import { Refused, SlackGate } from './slack-gate.ts';

/** What a person decided on a button. */
export interface Decision {
  readonly action: 'acknowledge' | 'approve' | 'refuse';
  readonly workflowId: string;
  readonly by: string;
  readonly reason: string;
  /** The same for every delivery of this answer: Temporal carries it out once. */
  readonly id: string;
}

export interface SlackChat {
  readonly signingSecret: string;
  readonly token: string;
  /** Address of Slack's web API. */
  readonly url: string;
  readonly port: number;
  readonly host: string;
  /** @returns the name of the plan's person behind a Slack user; null for anybody else. */
  readonly person: (slackUser: string) => string | null;
  /** Carries a decision out. @returns what to answer. @throws an error whose message is for the person. */
  readonly decide: (decision: Decision) => Promise<string>;
  readonly log: (line: string) => void;
}

const pressed = z.object({ workflowId: z.string().min(1).max(1000) });
const asked = pressed.extend({ action: z.enum(['acknowledge', 'approve', 'refuse']), channel: z.string(), user: z.string() });
const titles = { acknowledge: 'Acknowledge', approve: 'Approve', refuse: 'Refuse' } as const;

/**
 * Serves the buttons below messages in Slack, through Slack's own library: a button asks for the reason, the answer goes to the
 * workflow. Only what Slack signed is let in, and each request once.
 *
 * @returns the port it listens on, and how to stop it.
 */
export async function serveSlack(chat: SlackChat): Promise<{ port: number; stop: () => Promise<void> }> {
  const receiver = new HTTPReceiver({ signingSecret: chat.signingSecret, endpoints: '/slack/events', logLevel: LogLevel.ERROR });
  const app = new App({
    receiver,
    authorize: async () => ({ botToken: chat.token }),
    clientOptions: { slackApiUrl: chat.url, retryConfig: { retries: 1 }, allowAbsoluteUrls: false },
    logLevel: LogLevel.ERROR,
  });
  answerButtons(app, chat);

  const gate = new SlackGate(chat.signingSecret);
  const server = createServer((request, response) => {
    const from = request.socket.remoteAddress ?? 'an unknown address';
    gate.admit(request).then(
      (rawBody) => receiver.requestListener(Object.assign(request, { rawBody }) as IncomingMessage, response),
      (error: unknown) => {
        chat.log(`refused a request from ${from}: ${error instanceof Refused ? error.message : String(error)}`);
        request.resume();
        response.writeHead(401, { connection: 'close' }).end();
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(chat.port, chat.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

function answerButtons(app: App, chat: SlackChat): void {
  app.action<BlockButtonAction>(/^kintsugi:(acknowledge|approve|refuse)$/, async ({ ack, action, body, client, respond }) => {
    await ack();
    const kind = asked.shape.action.parse(action.action_id.replace('kintsugi:', ''));
    const { workflowId } = pressed.parse(JSON.parse(action.value ?? '{}'));
    const by = chat.person(body.user.id);
    if (by === null) {
      chat.log(`denied: Slack user ${body.user.id} is nobody of the plan and pressed ${kind} for ${workflowId}`);
      await respond({
        response_type: 'ephemeral',
        replace_original: false,
        text: 'The plan does not know you: see channels.slack.users.',
      });
      return;
    }
    const metadata = { action: kind, workflowId, channel: body.channel?.id ?? body.user.id, user: body.user.id };
    await client.views.open({
      trigger_id: body.trigger_id,
      view: {
        type: 'modal',
        callback_id: 'kintsugi:decision',
        private_metadata: JSON.stringify(metadata),
        title: { type: 'plain_text', text: titles[kind] },
        submit: { type: 'plain_text', text: titles[kind] },
        blocks: [
          {
            type: 'input',
            block_id: 'reason',
            label: { type: 'plain_text', text: `Why? (${workflowId.slice(0, 100)})` },
            element: { type: 'plain_text_input', action_id: 'reason', max_length: 1000 },
          },
        ],
      },
    });
  });

  app.view('kintsugi:decision', async ({ ack, body, view, client }) => {
    await ack();
    const { action, workflowId, channel } = asked.parse(JSON.parse(view.private_metadata));
    // Who submits counts, not who pressed.
    const by = chat.person(body.user.id);
    const reason = view.state.values.reason?.reason?.value ?? '';
    const text =
      by === null
        ? 'The plan does not know you.'
        : await chat.decide({ action, workflowId, by, reason, id: `slack-${view.id}` }).catch((error: Error) => error.message);
    chat.log(`${by ?? body.user.id}: ${action} ${workflowId}: ${text}`);
    await client.chat.postEphemeral({ channel, user: body.user.id, text });
  });
}
