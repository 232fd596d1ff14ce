import { Webhook } from 'standardwebhooks';
import type { OutgoingMessage } from '../../../src/channels/contract.ts';
import { type HttpAnswer, HttpProvider, type HttpRequest } from './http.ts';
import type { Behaviour, Provider, Received } from './provider.ts';

/** A receiver of signed webhooks that refuses a wrong signature and an old time stamp. */
export class WebhookProvider implements Provider {
  readonly channel = 'webhook';
  readonly secrets = { WEBHOOK_SECRET: `whsec_${Buffer.from('a shared secret of 24 bytes').toString('base64')}` };
  readonly address = 'ops';
  readonly canLookUp = false;
  readonly tellsRetryAfter = true;
  readonly #seen: Received[] = [];
  readonly #http = new HttpProvider((request, behaviour) => this.#answer(request, behaviour));

  static async start(): Promise<WebhookProvider> {
    const provider = new WebhookProvider();
    await provider.#http.listen();
    return provider;
  }

  get plan() {
    return { webhooks: { ops: { url: `${this.#http.url}/hook`, secret: { env: 'WEBHOOK_SECRET' } } } };
  }

  behave = (behaviour: Behaviour) => this.#http.behave(behaviour);
  stop = () => this.#http.stop();
  received = (): readonly Received[] => this.#seen;

  #answer(request: HttpRequest, behaviour: Behaviour): HttpAnswer {
    if (behaviour === 'refuse') return { status: 410, body: 'this receiver is gone' };
    try {
      new Webhook(this.secrets.WEBHOOK_SECRET).verify(request.body, request.headers as Record<string, string>);
    } catch (error) {
      return { status: 401, body: String(error) };
    }
    const { data } = JSON.parse(request.body) as { data: OutgoingMessage };
    this.#seen.push({ id: String(request.headers['webhook-id']), text: `${data.subject}\n${data.text}` });
    return { status: 200, body: { taken: true, note: 'long enough to be cut in half' } };
  }
}
