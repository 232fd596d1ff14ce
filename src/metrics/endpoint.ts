import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Logger } from '@temporalio/worker';
import { splitAddress } from '../worker/connection-options.ts';
import type { MetricsSource } from './source.ts';

/**
 * Answers `GET /metrics`.
 *
 * @param listen host and port; 0 for any port.
 * @returns the server. @throws the system's error when the address can't be listened on.
 */
export async function serveMetrics(listen: string, source: MetricsSource, logger: Logger): Promise<Server> {
  const server = createServer((request, response) => {
    const isAsked = new URL(request.url ?? '/', 'http://any').pathname === '/metrics';
    if (!isAsked || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(isAsked ? 405 : 404, { 'content-type': 'text/plain' }).end('GET /metrics\n');
      return;
    }
    answer(response, source).catch((error: unknown) => {
      logger.warn('Metrics could not be told', { error });
      response.writeHead(500, { 'content-type': 'text/plain' }).end('The worker’s log says why.\n');
    });
  });
  server.listen(splitAddress(listen));
  await once(server, 'listening');
  const { address, port } = server.address() as AddressInfo;
  logger.info('Metrics are told', { address, port });
  return server;
}

async function answer(response: ServerResponse, source: MetricsSource): Promise<void> {
  const text = await source.text();
  response.writeHead(200, { 'content-type': source.contentType }).end(text);
}
