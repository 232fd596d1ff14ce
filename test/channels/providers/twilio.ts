import { type HttpAnswer, HttpProvider, type HttpRequest } from './http.ts';
import type { Behaviour, Provider, Received } from './provider.ts';

const account = `AC${'0'.repeat(31)}1`;

interface Item {
  readonly sid: string;
  readonly to: string;
  readonly from: string;
  readonly body: string;
  looks: number;
}

/** Twilio's REST API: Messages or Calls of one account, with the checks and error codes of the real one. */
abstract class TwilioProvider {
  readonly secrets = { TWILIO_TOKEN: 'feedfacefeedfacefeedfacefeedface' };
  readonly address = '+819000000001';
  readonly tellsRetryAfter = true;
  readonly items: Item[] = [];
  /** What becomes of each item, one status a look. */
  statuses: readonly string[];
  readonly #resource: 'Messages' | 'Calls';
  readonly http = new HttpProvider((request, behaviour) => this.#answer(request, behaviour));

  constructor(resource: 'Messages' | 'Calls', statuses: readonly string[]) {
    this.#resource = resource;
    this.statuses = statuses;
  }

  get plan() {
    const token = { env: 'TWILIO_TOKEN' };
    return { twilio: { account, token, from: '+15005550006', url: this.http.url, answerWithin: '400ms' } };
  }

  behave = (behaviour: Behaviour) => this.http.behave(behaviour);
  stop = () => this.http.stop();

  #answer(request: HttpRequest, behaviour: Behaviour): HttpAnswer {
    const login = Buffer.from(`${account}:${this.secrets.TWILIO_TOKEN}`).toString('base64');
    if (request.headers.authorization !== `Basic ${login}`) return no(401, 20003, 'Authenticate');
    const base = `/2010-04-01/Accounts/${account}/${this.#resource}`;
    if (request.path === `${base}.json`) {
      return request.method === 'POST' ? this.#create(new URLSearchParams(request.body), behaviour) : this.#list(request.query);
    }
    const item = this.items.find(({ sid }) => request.path === `${base}/${sid}.json`);
    if (item === undefined) return no(404, 20404, 'The requested resource was not found');
    const at = Math.min(item.looks++, this.statuses.length - 1);
    return { status: 200, body: this.#shown(item, this.statuses[at] ?? 'queued') };
  }

  #create(form: URLSearchParams, behaviour: Behaviour): HttpAnswer {
    const [to, from] = [form.get('To') ?? '', form.get('From') ?? ''];
    const body = form.get(this.#resource === 'Messages' ? 'Body' : 'Twiml') ?? '';
    if (behaviour === 'refuse') return no(400, 21610, 'Attempt to send to unsubscribed recipient');
    if (!/^\+[1-9]\d{6,14}$/.test(to)) return no(400, 21211, `The 'To' number ${to} is not a valid phone number.`);
    if (!/^\+[1-9]\d{6,14}$/.test(from)) return no(400, 21212, 'From is not a valid phone number');
    if (body === '') return no(400, 21602, 'Message body is required.');
    if (this.#resource === 'Messages' && body.length > 1600) return no(400, 21617, 'The message body exceeds 1600 characters');
    if (this.#resource === 'Calls' && (body.length > 4000 || !body.endsWith('</Response>')))
      return no(400, 21218, 'Invalid TwiML');
    const prefix = this.#resource === 'Messages' ? 'SM' : 'CA';
    const item = { sid: `${prefix}${String(this.items.length + 1).padStart(32, '0')}`, to, from, body, looks: 0 };
    this.items.push(item);
    return { status: 201, body: this.#shown(item, 'queued') };
  }

  #list(query: URLSearchParams): HttpAnswer {
    const found = this.items.filter(({ to }) => to === query.get('To')).map((item) => this.#shown(item, 'sent'));
    return { status: 200, body: { [this.#resource.toLowerCase()]: found, page: 0, page_size: 50, next_page_uri: null } };
  }

  #shown({ sid, to, from, body }: Item, status: string): object {
    return { sid, account_sid: account, to, from, status, error_code: null, ...(this.#resource === 'Messages' ? { body } : {}) };
  }
}

function no(status: number, code: number, message: string): HttpAnswer {
  return { status, body: { code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status } };
}

export class SmsProvider extends TwilioProvider implements Provider {
  readonly channel = 'sms';
  readonly canLookUp = true;

  static async start(): Promise<SmsProvider> {
    const provider = new SmsProvider('Messages', ['queued', 'sent', 'delivered']);
    await provider.http.listen();
    return provider;
  }

  received(): readonly Received[] {
    return this.items.map(({ body }) => ({ id: body.slice(body.lastIndexOf('[')), text: body }));
  }
}

export class VoiceProvider extends TwilioProvider implements Provider {
  readonly channel = 'voice';
  readonly canLookUp = false;

  static async start(): Promise<VoiceProvider> {
    const provider = new VoiceProvider('Calls', ['ringing', 'in-progress', 'completed']);
    await provider.http.listen();
    return provider;
  }

  received(): readonly Received[] {
    return this.items.map(({ sid, body }) => ({ id: sid, text: spoken(body) }));
  }
}

function spoken(twiml: string): string {
  return twiml
    .replace(/<[^>]+>/g, '')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&amp;/g, '&');
}
