import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BodyTooLong, readBody } from './body.ts';
import { Refused } from './slack-gate.ts';

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Answers the request. @throws Refused for what must not come in: answered with 401 and no word more. */
  readonly answer: (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void> | void;
}

export interface ServerParts {
  readonly routes: readonly Route[];
  readonly host: string;
  readonly port: number;
  readonly log: (line: string) => void;
}

/**
 * An HTTP server of a few fixed addresses; TLS is the proxy's before it.
 *
 * @returns the port it listens on, and how to stop it: what is being answered is answered. @throws what listening failed with.
 */
export async function serveHttp({ routes, host, port, log }: ServerParts): Promise<{ port: number; stop: () => Promise<void> }> {
  const server = createServer((request, response) => {
    answer(routes, request, response).catch((error: unknown) => {
      const from = request.socket.remoteAddress ?? 'an unknown address';
      log(`refused a request from ${from}: ${error instanceof Error ? error.message : String(error)}`);
      request.resume();
      if (!response.headersSent) response.writeHead(statusOf(error), { connection: 'close' }).end();
      else response.destroy();
    });
  });
  // Chats send a request within seconds; who takes longer only holds a connection.
  server.requestTimeout = 15_000;
  server.headersTimeout = 10_000;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

async function answer(routes: readonly Route[], request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  const here = routes.filter((route) => route.path === path);
  const route = here.find(({ method }) => method === request.method);
  if (route === undefined) {
    request.resume();
    response.writeHead(here.length === 0 ? 404 : 405, { connection: 'close' }).end();
    return;
  }
  await route.answer(request, route.method === 'GET' ? Buffer.alloc(0) : await readBody(request), response);
}

function statusOf(error: unknown): number {
  if (error instanceof Refused) return 401;
  return error instanceof BodyTooLong ? 413 : 500;
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}
