import twilio from 'twilio';
import type { Channel } from './channel.ts';
import type { Delivery, OutgoingMessage } from './contract.ts';
import type { ChannelParts } from './parts.ts';
import { cut } from './text.ts';
import { asking, createTwilioClient, followStatus, probeAccount, type TwilioPlan } from './twilio-client.ts';

const languages = { en: 'en-US', ja: 'ja-JP' } as const;

/** Calls through Twilio: the message is read out twice. A call that nobody takes has failed, so that the next way is tried. */
export async function createTwilioVoice(plan: TwilioPlan, parts: ChannelParts): Promise<Channel> {
  const client = await createTwilioClient(plan, parts);
  return {
    probe: () => probeAccount(client, plan),

    async send(message) {
      const { sid, status } = await asking(client.calls.create({ to: message.address, from: plan.from, twiml: spoken(message) }));
      return { providerId: sid, outcome: 'accepted', why: `Twilio: ${status}` };
    },

    follow: (sid, signal) => followStatus(plan, sid, signal, () => client.calls(sid).fetch(), judge),
  };
}

function spoken(message: OutgoingMessage): string {
  const response = new twilio.twiml.VoiceResponse();
  const language = languages[message.language];
  const text = cut(`${message.subject}. ${message.text}`, 1200);
  response.say({ language, loop: 2 }, text);
  return response.toString();
}

function judge(status: string): Delivery['outcome'] | null {
  if (status === 'completed') return 'delivered';
  return ['busy', 'no-answer', 'failed', 'canceled'].includes(status) ? 'failed' : null;
}
