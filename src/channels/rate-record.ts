import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { writeDurably } from '../catalog/durable.ts';
import { shortId } from './text.ts';

export interface Limit {
  readonly messages: number;
  readonly withinMs: number;
}

/** Files are read and written by one worker: what it does at the same time waits in line, for each address. */
const lines = new Map<string, Promise<unknown>>();

/**
 * The worker's memory of when an address last got messages, over all incidents: it outlives the worker.
 *
 * @param always lets it pass whatever the limit is, and counts it. @param now milliseconds since 1970.
 * @returns null if the message may go, which is noted then; else the instant from which one may.
 */
export async function admit(
  stateFolder: string,
  to: { readonly channel: string; readonly address: string; readonly recipient: string },
  limit: Limit,
  always: boolean,
  now = Date.now(),
): Promise<number | null> {
  const about = `${to.channel} ${to.address} ${to.recipient}`;
  const file = path.join(stateFolder, 'sent', 'rates', `${shortId(about)}.json`);
  const before = lines.get(file) ?? Promise.resolve();
  const mine = before.then(() => admitNext(file, about, limit, always, now));
  lines.set(
    file,
    mine.catch(() => undefined),
  );
  return mine;
}

async function admitNext(file: string, about: string, limit: Limit, always: boolean, now: number): Promise<number | null> {
  const recent = (await read(file)).filter((at) => at > now - limit.withinMs);
  if (!always && recent.length >= limit.messages) return (recent.at(-limit.messages) ?? now) + limit.withinMs;
  await mkdir(path.dirname(file), { recursive: true, mode: 0o750 });
  // Older ones than the limit counts don't matter: first messages pass beyond it, and a storm must not make each write longer.
  const at = [...recent, now].slice(-limit.messages);
  await writeDurably(`${file}.partial`, `${JSON.stringify({ about, at })}\n`);
  await rename(`${file}.partial`, file);
  return null;
}

async function read(file: string): Promise<number[]> {
  try {
    return (JSON.parse(await readFile(file, 'utf8')) as { at: number[] }).at;
  } catch {
    // Not there, or torn by a fall of the machine: a message too many is better than none.
    return [];
  }
}
