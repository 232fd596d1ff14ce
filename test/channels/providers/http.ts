import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Behaviour } from './provider.ts';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** An HTTP server on loopback whose requests are answered by `answer`, spoilt as the behaviour says. */
export class HttpProvider {
  readonly #server: Server;
  readonly #answer: (request: HttpRequest, behaviour: Behaviour) => HttpAnswer;
  #behaviour: Behaviour = 'answer';
  port = 0;

  constructor(answer: (request: HttpRequest, behaviour: Behaviour) => HttpAnswer) {
    this.#answer = answer;
    this.#server = createServer((request, response) => {
      void text(request).then((body) => {
        const { pathname, searchParams } = new URL(request.url ?? '/', 'http://loopback');
        const seen = { method: request.method ?? '', path: pathname, query: searchParams, headers: request.headers, body };
        this.#respond(seen, response);
      });
    });
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async behave(behaviour: Behaviour): Promise<void> {
    if (behaviour === 'down') await this.stop();
    else if (!this.#server.listening) await this.listen();
    this.#behaviour = behaviour;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  #respond(request: HttpRequest, response: ServerResponse): void {
    const reading = request.method === 'GET';
    const behaviour = reading && this.#behaviour !== 'broken' ? 'answer' : this.#behaviour;
    if (behaviour === 'busy') {
      end(response, 429, 'slow down', { 'retry-after': '7' });
      return;
    }
    if (behaviour === 'broken') {
      end(response, 500, 'internal error');
      return;
    }
    const { status, body } = this.#answer(request, behaviour);
    if (behaviour === 'slow') return;
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
    if (behaviour === 'half') {
      response.writeHead(status, headers);
      response.write(text.slice(0, text.length / 2), () => response.socket?.destroy());
    } else end(response, status, text, headers);
  }
}

function end(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { connection: 'close', ...headers }).end(body);
}
