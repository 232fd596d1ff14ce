import type { App, BlockButtonAction } from '@slack/bolt';
import { z } from 'zod';
import { known } from '../cli/report-error.ts';
import { formatError } from '../errors/kintsugi-error.ts';
import { requestIdOf } from './desk.ts';
import type { SlackChat } from './slack.ts';
import { replyTo } from './slack-commands.ts';
import { inputForm, tellPrivately } from './slack-forms.ts';

const pressed = z.object({ workflowId: z.string().min(1).max(1000) });
const asked = pressed.extend({ action: z.enum(['acknowledge', 'takeOver', 'approve', 'refuse']), channel: z.string() });
const titles = { acknowledge: 'Acknowledge', takeOver: 'Take over', approve: 'Approve', refuse: 'Refuse' } as const;

/** The buttons below messages: all but [Status] ask for the reason, and the answer goes to the workflow. */
export function answerButtons(app: App, chat: SlackChat): void {
  answerStatus(app, chat);
  app.action<BlockButtonAction>(
    /^kintsugi:(acknowledge|takeOver|approve|refuse)$/,
    async ({ ack, action, body, client, respond }) => {
      await ack();
      const kind = asked.shape.action.parse(action.action_id.replace('kintsugi:', ''));
      const { workflowId } = pressed.parse(JSON.parse(action.value ?? '{}'));
      if ((await chat.person(body.user.id)) === null) {
        await chat.deny(body.user.id, body.channel?.id ?? '', `pressed ${kind} for ${workflowId}`);
        await respond({
          response_type: 'ephemeral',
          replace_original: false,
          text: 'The plan does not know you: see channels.slack.users. The attempt is recorded.',
        });
        return;
      }
      await client.views.open({
        trigger_id: body.trigger_id,
        view: inputForm({
          callback: 'kintsugi:decision',
          metadata: { action: kind, workflowId, channel: body.channel?.id ?? body.user.id },
          title: titles[kind],
          label: `Why? (${workflowId.slice(0, 100)})`,
        }),
      });
    },
  );

  app.view('kintsugi:decision', async ({ ack, body, view, client }) => {
    await ack();
    const { action, workflowId, channel } = asked.parse(JSON.parse(view.private_metadata));
    // Who submits counts, not who pressed.
    const person = await chat.person(body.user.id);
    const reason = view.state.values.input?.input?.value ?? '';
    if (person === null) await chat.deny(body.user.id, channel, `${action} ${workflowId}`);
    const text =
      person === null
        ? 'The plan does not know you. The attempt is recorded.'
        : await chat
            .decide({ action, workflowId, by: person.name, reason, id: `slack-${view.id}` })
            .catch(async (error: unknown) => formatError(await known(error)));
    chat.log(`${person?.name ?? body.user.id}: ${action} ${workflowId}: ${text}`);
    await tellPrivately(client, channel, body.user.id, text);
  });
}

/** [Status] is the command of that incident, answered to who pressed it alone. */
function answerStatus(app: App, { desk }: SlackChat): void {
  app.action<BlockButtonAction>('kintsugi:status', async ({ ack, action, body, respond }) => {
    await ack();
    const { workflowId } = pressed.parse(JSON.parse(action.value ?? '{}'));
    const request = {
      service: 'slack' as const,
      user: body.user.id,
      channel: body.channel?.id ?? '',
      command: '/dr',
      text: `incident show ${workflowId}`,
      requestId: requestIdOf('slack', body.trigger_id),
    };
    await desk.handle(request, replyTo(respond));
  });
}
