import type { Channel } from './channel.ts';
import type { Delivery } from './contract.ts';
import type { ChannelParts } from './parts.ts';
import { plainText } from './text.ts';
import { asking, createTwilioClient, followStatus, probeAccount, type TwilioPlan } from './twilio-client.ts';

/** Twilio takes no more. */
const longest = 1600;

/** Text messages through Twilio. It has no idempotency key, so a message whose fate is not known is looked for by its text. */
export async function createTwilioSms(plan: TwilioPlan, parts: ChannelParts): Promise<Channel> {
  const client = await createTwilioClient(plan, parts);
  return {
    probe: () => probeAccount(client, plan),

    async send(message) {
      const { sid, status } = await asking(
        client.messages.create({ to: message.address, from: plan.from, body: plainText(message, longest) }),
      );
      return { providerId: sid, outcome: 'accepted', why: `Twilio: ${status}` };
    },

    async find(message, since) {
      const sent = await asking(
        client.messages.list({ to: message.address, dateSentAfter: new Date(since.getTime() - 60_000), limit: 200 }),
      );
      const found = sent.find(({ body }) => body.endsWith(`[${message.key}]`));
      return found === undefined ? null : { providerId: found.sid, outcome: 'accepted', why: `Twilio: ${found.status}` };
    },

    follow: (sid, signal) => followStatus(plan, sid, signal, () => client.messages(sid).fetch(), judge),
  };
}

function judge(status: string): Delivery['outcome'] | null {
  if (status === 'delivered' || status === 'read') return 'delivered';
  return ['failed', 'undelivered', 'canceled'].includes(status) ? 'failed' : null;
}
