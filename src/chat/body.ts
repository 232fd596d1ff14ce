import type { IncomingMessage } from 'node:http';

/** The requests of chats are small; what is bigger is none. */
const longestBody = 256 * 1024;

export class BodyTooLong extends Error {}

/** @returns the body of a request. @throws BodyTooLong */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let bytes = 0;
  // Not destroyed when it is too long: it still gets its answer.
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > longestBody) throw new BodyTooLong(`more than ${longestBody} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
