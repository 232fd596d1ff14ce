import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { OutgoingMessage } from '../../src/channels/contract.ts';

/** One message as it arrived. */
export interface Arrival {
  readonly key: string;
  readonly incident: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A receiver of signed webhooks on loopback that remembers every arrival, and refuses a wrong signature. */
export class Sink {
  readonly secret = `whsec_${Buffer.from('the bench shares this secret').toString('base64')}`;
  readonly arrivals: Arrival[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const at = Date.now();
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        const body = Buffer.concat(parts).toString('utf8');
        try {
          new Webhook(this.secret).verify(body, request.headers as Record<string, string>);
          const { data } = JSON.parse(body) as { data: OutgoingMessage };
          this.arrivals.push({ key: data.key, incident: data.incident, at });
          response.writeHead(200).end();
        } catch (error) {
          response.writeHead(401).end(String(error));
        }
      });
    });
  }

  static async start(): Promise<Sink> {
    const sink = new Sink();
    await new Promise<void>((listening) => sink.#server.listen(0, '127.0.0.1', listening));
    return sink;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}
