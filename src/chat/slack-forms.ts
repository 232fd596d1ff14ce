import type { App } from '@slack/bolt';
import { escapeSlack } from './dialect.ts';

export type SlackClient = App['client'];

export interface InputForm {
  /** By which the answer comes back. */
  readonly callback: string;
  /** Comes back with the answer; Slack takes 3,000 characters. */
  readonly metadata: object;
  readonly title: string;
  readonly label: string;
}

/** @returns a form of one line of text. */
export function inputForm({ callback, metadata, title, label }: InputForm) {
  return {
    type: 'modal' as const,
    callback_id: callback,
    private_metadata: JSON.stringify(metadata),
    title: { type: 'plain_text' as const, text: title.slice(0, 24) },
    submit: { type: 'plain_text' as const, text: title.slice(0, 24) },
    blocks: [
      {
        type: 'input' as const,
        block_id: 'input',
        label: { type: 'plain_text' as const, text: label.slice(0, 2000) },
        element: { type: 'plain_text_input' as const, action_id: 'input', max_length: 1000 },
      },
    ],
  };
}

/** Says something to one person alone: where it was asked, or in the person's own conversation where the bot is not in that channel. */
export async function tellPrivately(client: SlackClient, channel: string, user: string, text: string): Promise<void> {
  const escaped = escapeSlack(text);
  try {
    await client.chat.postEphemeral({ channel, user, text: escaped });
  } catch {
    await client.chat.postMessage({ channel: user, text: escaped });
  }
}
