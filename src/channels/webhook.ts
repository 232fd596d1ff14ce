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
  const post = async (name: string, id: string, type: string, data: object): Promise<void> => {
    const receiver = plan[name];
    const signer = signers.get(name);
    if (receiver === undefined || signer === undefined) {
      throw new SendProblem('refused', `the plan has no channels.webhooks.${name}`);
    }
    const now = new Date();
    const body = JSON.stringify({ type: `kintsugi.${type}`, timestamp: now.toISOString(), data });
    await postJson({
      provider: `webhook ${name}`,
      url: receiver.url,
      headers: {
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
        'webhook-signature': signer.sign(id, now, body),
      },
      body,
      timeoutMs: parts.timeoutMs,
    });
  };

  return {
    /** A signed `kintsugi.ping`: what a receiver of real messages does with it shows that it knows the secret. */
    async probe() {
      for (const [name] of names) await post(name, `msg_${shortId(`ping/${name}/${Date.now()}`)}`, 'ping', {});
      return `${names.map(([name]) => name).join(', ')} took a ping`;
    },

    async send(message) {
      const { address: _, channel: __, ...data } = message;
      const id = `msg_${shortId(message.key)}`;
      await post(message.address, id, message.kind, data);
      return { providerId: id, outcome: 'delivered', why: 'the receiver took it' };
    },
  };
}

function signerOf(secret: string): Webhook {
  return secret.startsWith('whsec_') ? new Webhook(secret) : new Webhook(secret, { format: 'raw' });
}
