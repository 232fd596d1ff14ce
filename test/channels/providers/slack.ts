import { HttpProvider, type HttpRequest } from './http.ts';
import type { Behaviour, Provider, Received } from './provider.ts';

interface Stored {
  readonly channel: string;
  readonly ts: string;
  readonly thread: string | null;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly metadata: { event_type: string; event_payload: { key: string } };
}

interface Block {
  readonly type: string;
  readonly text?: { readonly type: string; readonly text: string };
  readonly elements?: readonly {
    readonly type: string;
    readonly action_id?: string;
    readonly value?: string;
    readonly text?: unknown;
  }[];
}

const people: Readonly<Record<string, string>> = { U0SATO: 'D0SATO' };
const channels = new Set(['C0INCIDENTS', 'D0SATO']);

/** Slack's web API, as far as it is used: chat.postMessage, conversations.open, .history, .replies. */
export class SlackProvider implements Provider {
  readonly channel = 'slack';
  readonly secrets = { SLACK_TOKEN: 'xoxb-1234-5678-loopbackloopback' };
  readonly address = 'U0SATO';
  readonly canLookUp = true;
  readonly tellsRetryAfter = true;
  readonly messages: Stored[] = [];
  readonly #http = new HttpProvider((request, behaviour) => ({ status: 200, body: this.#answer(request, behaviour) }));

  static async start(): Promise<SlackProvider> {
    const provider = new SlackProvider();
    await provider.#http.listen();
    return provider;
  }

  get plan() {
    return { slack: { token: { env: 'SLACK_TOKEN' }, url: `${this.#http.url}/api/` } };
  }

  behave = (behaviour: Behaviour) => this.#http.behave(behaviour);
  stop = () => this.#http.stop();

  received(): readonly Received[] {
    return this.messages.map(({ metadata, blocks }) => ({
      id: metadata.event_payload.key,
      text: blocks.map((block) => unescaped(block.text?.text ?? '')).join('\n'),
    }));
  }

  #answer(request: HttpRequest, behaviour: Behaviour): object {
    if (request.headers.authorization !== `Bearer ${this.secrets.SLACK_TOKEN}`) return no('invalid_auth');
    const method = request.path.replace('/api/', '');
    const form = new URLSearchParams(request.body);
    if (method === 'chat.postMessage') return behaviour === 'refuse' ? no('is_archived') : this.#post(form);
    if (method === 'conversations.open') {
      const id = people[form.get('users') ?? ''];
      return id === undefined ? no('user_not_found') : { ok: true, channel: { id } };
    }
    if (method === 'conversations.history') return this.#list(form, (message) => message.thread === null);
    if (method === 'conversations.replies') return this.#list(form, (message) => message.thread === form.get('ts'));
    return no('unknown_method');
  }

  #post(form: URLSearchParams): object {
    const asked = form.get('channel') ?? '';
    const channel = people[asked] ?? asked;
    if (!channels.has(channel)) return no('channel_not_found');
    const blocks = JSON.parse(form.get('blocks') ?? '[]') as Block[];
    const fault = blocks.length > 50 ? 'too many blocks' : blocks.map(blockFault).find((found) => found !== null);
    if (fault) return no('invalid_blocks');
    const metadata = JSON.parse(form.get('metadata') ?? 'null') as Stored['metadata'] | null;
    if (metadata === null || !/^\w+$/.test(metadata.event_type)) return no('invalid_metadata_format');
    const ts = `1764000000.${String(this.messages.length + 1).padStart(6, '0')}`;
    this.messages.push({ channel, ts, thread: form.get('thread_ts'), text: form.get('text') ?? '', blocks, metadata });
    return { ok: true, channel, ts };
  }

  #list(form: URLSearchParams, wanted: (message: Stored) => boolean): object {
    if (!channels.has(form.get('channel') ?? '')) return no('channel_not_found');
    const full = form.get('include_all_metadata') === 'true';
    const messages = this.messages.filter((message) => message.channel === form.get('channel') && wanted(message));
    return { ok: true, messages: messages.map(({ ts, text, metadata }) => ({ ts, text, ...(full ? { metadata } : {}) })) };
  }
}

function no(error: string): object {
  return { ok: false, error };
}

function blockFault(block: Block): string | null {
  if (block.type === 'section' && (block.text?.text.length ?? 0) > 3000) return 'text too long';
  if (block.type === 'section' && !block.text?.text) return 'no text';
  if (block.type !== 'actions') return null;
  const ids = (block.elements ?? []).map(({ action_id }) => action_id);
  if (new Set(ids).size < ids.length) return 'action_id twice';
  return block.elements?.some(({ value }) => (value?.length ?? 0) > 2000) ? 'value too long' : null;
}

function unescaped(text: string): string {
  return text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
}
