import type { App, BlockButtonAction, RespondFn } from '@slack/bolt';
import { z } from 'zod';
import { type ChatRequest, type Reply, requestIdOf } from './desk.ts';
import { escapeSlack, fenced } from './dialect.ts';
import type { SlackChat } from './slack.ts';
import { inputForm, type SlackClient, tellPrivately } from './slack-forms.ts';
import { unescapeSlack } from './words.ts';

/** What takes longer than a person waits without a sign. */
const slow = /^\s*(recover|undo|backup)\b/;

const unfinished = z.object({ words: z.array(z.string()), option: z.string(), command: z.string(), channel: z.string() });
const toConfirm = z.object({ nonce: z.string(), channel: z.string() });

/** Slash commands, and what they ask back: the name of the database, a reason. */
export function answerCommands(app: App, chat: SlackChat): void {
  app.command(/^\/.+/, async ({ ack, command, client, respond }) => {
    // Within three seconds, whatever it is. The response address takes five answers in half an hour: two are used at most.
    if (slow.test(command.text)) await ack({ response_type: 'ephemeral', text: 'Looks first; nothing is touched yet.' });
    else await ack();
    const request: ChatRequest = {
      service: 'slack',
      user: command.user_id,
      channel: command.channel_id,
      command: commandName(command.command),
      text: unescapeSlack(command.text ?? ''),
      requestId: requestIdOf('slack', command.trigger_id),
    };
    await chat.desk.handle(request, {
      ...replyTo(respond),
      askFor: async (option, words) => {
        const metadata = { words, option, command: request.command, channel: request.channel };
        await client.views.open({
          trigger_id: command.trigger_id,
          view: inputForm({
            callback: 'kintsugi:words',
            metadata,
            title: words.slice(0, 2).join(' '),
            label: labels[option] ?? option,
          }),
        });
      },
    });
  });
  confirmByForm(app, chat);

  app.view('kintsugi:words', async ({ ack, body, view, client }) => {
    await ack();
    const { words, option, command, channel } = unfinished.parse(JSON.parse(view.private_metadata));
    const text = view.state.values.input?.input?.value ?? '';
    const user = body.user.id;
    const request = {
      service: 'slack' as const,
      user,
      channel,
      command,
      text: words.join(' '),
      requestId: requestIdOf('slack', view.id),
    };
    await chat.desk.handleWords(request, privately(client, channel, user), [...words, `--${option}=${text}`]);
  });
}

const labels: Readonly<Record<string, string>> = {
  reason: 'Why?',
  text: 'What is known, and what is done?',
  problem: 'What is wrong?',
};

/** The button below what a command would do, and the form in which the name of the database is typed. */
function confirmByForm(app: App, chat: SlackChat): void {
  app.action<BlockButtonAction>('kintsugi:confirm', async ({ ack, action, body, client, respond }) => {
    await ack();
    const nonce = action.value ?? '';
    const name = await chat.desk.nameFor({ service: 'slack', user: body.user.id }, nonce);
    if (name === null) {
      const why = await chat.desk.confirm(requestOf(body.user.id, body.channel?.id ?? ''), nonce, '');
      await respond({ response_type: 'ephemeral', replace_original: false, text: why ?? '' });
      return;
    }
    await client.views.open({
      trigger_id: body.trigger_id,
      view: inputForm({
        callback: 'kintsugi:confirmed',
        metadata: { nonce, channel: body.channel?.id ?? body.user.id },
        title: 'Confirm',
        label: `Type the name of the database to go on: ${name}`,
      }),
    });
  });

  app.view('kintsugi:confirmed', async ({ ack, body, view }) => {
    const { nonce, channel } = toConfirm.parse(JSON.parse(view.private_metadata));
    const typed = view.state.values.input?.input?.value ?? '';
    const why = await chat.desk.confirm(requestOf(body.user.id, channel), nonce, typed);
    if (why === null) await ack();
    else await ack({ response_action: 'errors', errors: { input: why } });
  });
}

/** Answers over the response address, to the person alone. */
export function replyTo(respond: RespondFn): Reply {
  const say = async (text: string, blocks: object[] = []) => {
    const shown = fenced(escapeSlack(text));
    const section = { type: 'section', text: { type: 'mrkdwn', text: fenced(escapeSlack(text), 2_900) } };
    await respond({
      response_type: 'ephemeral',
      replace_original: false,
      text: shown,
      ...(blocks.length === 0 ? {} : { blocks: [section, ...blocks] as never }),
    });
  };
  return { say, ask: (text, { nonce }) => say(text, [confirmButton(nonce)]) };
}

function privately(client: SlackClient, channel: string, user: string): Reply {
  const say = (text: string) => tellPrivately(client, channel, user, fenced(text));
  return { say, ask: (text, { nonce, name }) => say(`${text}\n\n/dr confirm ${nonce} ${name}`) };
}

function confirmButton(nonce: string) {
  const text = { type: 'plain_text', text: 'Confirm…' };
  return { type: 'actions', elements: [{ type: 'button', style: 'danger', action_id: 'kintsugi:confirm', value: nonce, text }] };
}

function requestOf(user: string, channel: string): ChatRequest {
  return { service: 'slack', user, channel, command: '/dr', text: 'confirm', requestId: '' };
}

/** What the app's owner named the command, as far as it is a name. */
export function commandName(text: string): string {
  return /^\/[\w-]{1,32}$/.test(text) ? text : '/dr';
}
