/** Slack as our server meets it: signs requests as Slack does, and takes what is sent to its web API and to response addresses. */
import { createHmac } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { HttpProvider, type HttpRequest } from '../../channels/providers/http.ts';

export const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';

/** What was posted to a response address. */
export interface Answered {
  readonly response_type: string;
  readonly text: string;
  readonly blocks?: readonly { readonly elements?: readonly { readonly action_id: string; readonly value: string }[] }[];
}

export interface Form {
  readonly callback_id: string;
  readonly private_metadata: string;
  readonly blocks: readonly { readonly label?: { readonly text: string } }[];
}

export class SlackSide {
  readonly calls: HttpRequest[] = [];
  readonly answers: Answered[] = [];
  readonly forms: Form[] = [];
  /** Messages in channels. */
  readonly posts: { channel: string; text: string; thread: string | null }[] = [];
  readonly #http = new HttpProvider((request) => this.#take(request));
  readonly #sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  /** What came back over a socket: acknowledgements. */
  readonly acknowledged: { envelope_id: string; payload?: unknown }[] = [];
  #count = 0;
  /** Where our server listens. */
  target = '';

  async listen(): Promise<void> {
    await this.#http.listen();
    this.#sockets.on('connection', (socket) => {
      socket.on('message', (text) => this.acknowledged.push(JSON.parse(String(text))));
      socket.send(JSON.stringify({ type: 'hello', num_connections: 1 }));
    });
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    await Promise.all([this.#http.stop(), new Promise((resolve) => this.#sockets.close(resolve))]);
  }

  get api(): string {
    return `${this.#http.url}/api/`;
  }

  /** The fields of a slash command. `trigger_id` differs each time, as Slack's does. */
  command(text: string, user = 'U0SATO', command = '/dr'): Record<string, string> {
    return {
      token: 'deprecated',
      team_id: 'T0',
      channel_id: 'C0INCIDENTS',
      user_id: user,
      command,
      text,
      response_url: `${this.#http.url}/response`,
      trigger_id: `trigger-${++this.#count}`,
    };
  }

  /** Fields of an interaction: a button, a form. */
  interaction(payload: object): Record<string, string> {
    return { payload: JSON.stringify({ ...payload, trigger_id: `trigger-${++this.#count}` }) };
  }

  press(user: string, actionId: string, value: string): Record<string, string> {
    return this.interaction({
      type: 'block_actions',
      user: { id: user },
      team: { id: 'T0' },
      channel: { id: 'C0INCIDENTS' },
      response_url: `${this.#http.url}/response`,
      actions: [{ type: 'button', action_id: actionId, block_id: 'b', value }],
    });
  }

  /** @param form as it was opened. */
  submit(user: string, form: Pick<Form, 'callback_id' | 'private_metadata'>, text: string): Record<string, string> {
    return this.interaction({
      type: 'view_submission',
      user: { id: user },
      team: { id: 'T0' },
      view: {
        id: `V${++this.#count}`,
        callback_id: form.callback_id,
        private_metadata: form.private_metadata,
        state: { values: { input: { input: { value: text } } } },
      },
    });
  }

  /** @returns the request, signed. */
  signed(fields: Record<string, string> | string, { timestamp = seconds(), secret = signingSecret } = {}): RequestInit {
    const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString();
    const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-slack-signature': signature,
      'x-slack-request-timestamp': String(timestamp),
    };
    return { method: 'POST', body, headers };
  }

  /** Sends a request to our server. @returns its answer. */
  async send(request: RequestInit, path = '/slack/events'): Promise<{ status: number; body: string }> {
    const headers = { ...request.headers, connection: 'close' };
    const answer = await fetch(`${this.target}${path}`, { ...request, headers });
    return { status: answer.status, body: await answer.text() };
  }

  /** Sends a request over the socket that our server has opened. @returns the id of its envelope. */
  push(type: 'slash_commands' | 'interactive', fields: Record<string, string>, envelope = `envelope-${++this.#count}`): string {
    const payload = type === 'interactive' ? JSON.parse(fields.payload as string) : fields;
    this.#socket?.send(JSON.stringify({ envelope_id: envelope, type, payload, accepts_response_payload: true }));
    return envelope;
  }

  /** The newest connection that stands. */
  get #socket(): WebSocket | undefined {
    return [...this.#sockets.clients].findLast(({ readyState }) => readyState === 1);
  }

  /** Slack asks to connect anew, as it does every few hours. */
  refresh(): void {
    this.#socket?.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
  }

  #take(request: HttpRequest): { status: number; body: unknown } {
    this.calls.push(request);
    if (request.path === '/response') this.answers.push(JSON.parse(request.body) as Answered);
    if (request.path === '/api/apps.connections.open') {
      const isToken = request.headers.authorization === 'Bearer xapp-1-loopback';
      const { port } = this.#sockets.address() as AddressInfo;
      return { status: 200, body: isToken ? { ok: true, url: `ws://127.0.0.1:${port}/` } : { ok: false, error: 'invalid_auth' } };
    }
    if (request.path === '/api/views.open')
      this.forms.push(JSON.parse(new URLSearchParams(request.body).get('view') ?? '{}') as Form);
    if (request.path === '/api/chat.postMessage') {
      const form = new URLSearchParams(request.body);
      const channel = form.get('channel') ?? '';
      this.posts.push({ channel, text: form.get('text') ?? '', thread: form.get('thread_ts') });
      return { status: 200, body: { ok: true, channel, ts: `1764000000.${String(this.posts.length).padStart(6, '0')}` } };
    }
    return { status: 200, body: { ok: true } };
  }

  /** Forgets what came. */
  clear(): void {
    for (const list of [this.calls, this.answers, this.forms, this.acknowledged]) list.length = 0;
  }
}

export const seconds = () => Math.floor(Date.now() / 1000);
