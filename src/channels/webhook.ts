import { Webhook } from 'standardwebhooks';
import type { Channels } from '../plan/channels.ts';
import { type Channel, SendProblem } from './channel.ts';
import type { ChannelParts } from './parts.ts';
import { postJson } from './post.ts';
import { shortId } from './text.ts';

/**
 * Webhooks as standardwebhooks.com describes them: signed by HMAC-SHA256 over id, time stamp and body. The id is made from the
 * key and the same for every retry, so a receiver that remembers ids handles each message once.
 */
export async function createWebhooks(plan: Channels['webhooks'], parts: ChannelParts): Promise<Channel> {
  const names = Object.entries(plan);
  const signers = new Map(
    await Promise.all(names.map(async ([name, { secret }]) => [name, signerOf(await parts.secret(secret))] as const)),
  );
  return {
    async send(message) {
      const receiver = plan[message.address];
      const signer = signers.get(message.address);
      if (receiver === undefined || signer === undefined) {
        throw new SendProblem('refused', `the plan has no channels.webhooks.${message.address}`);
      }
      const { address: _, channel: __, ...data } = message;
      const now = new Date();
      const body = JSON.stringify({ type: `kintsugi.${message.kind}`, timestamp: now.toISOString(), data });
      const id = `msg_${shortId(message.key)}`;
      await postJson({
        provider: `webhook ${message.address}`,
        url: receiver.url,
        headers: {
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
          'webhook-signature': signer.sign(id, now, body),
        },
        body,
        timeoutMs: parts.timeoutMs,
      });
      return { providerId: id, outcome: 'delivered', why: 'the receiver took it' };
    },
  };
}

function signerOf(secret: string): Webhook {
  return secret.startsWith('whsec_') ? new Webhook(secret) : new Webhook(secret, { format: 'raw' });
}
