import type pg from 'pg';
import { type ServerAccess, withClient } from './server.ts';

export interface LaneOptions {
  /** Connections at most. */
  readonly width: number;
  /** Ends the queries that run. */
  readonly signal?: AbortSignal | undefined;
  /** Run once on each connection, before its first item. */
  readonly begin?: (client: pg.Client) => Promise<void>;
}

/**
 * Works on items over several connections of a database: each takes the next item when it is done with one.
 *
 * @throws the first error, after the others have ended; what the signal was aborted with.
 */
export async function inLanes<T>(
  access: ServerAccess,
  database: string,
  items: readonly T[],
  options: LaneOptions,
  work: (client: pg.Client, item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const lane = async (client: pg.Client): Promise<void> => {
    const release = await cancelOn(options.signal, access, client);
    try {
      await options.begin?.(client);
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
        options.signal?.throwIfAborted();
        await work(client, item);
      }
    } catch (error) {
      // The others shall not go on with what is of no use any more.
      queue.length = 0;
      throw options.signal?.aborted ? options.signal.reason : error;
    } finally {
      release();
    }
  };
  const width = Math.max(1, Math.min(options.width, items.length));
  const ended = await Promise.allSettled(Array.from({ length: width }, () => withClient(access, database, lane)));
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/** Lets the signal cancel what the client runs, over a second connection: pg itself can't. @returns how to let go. */
async function cancelOn(signal: AbortSignal | undefined, access: ServerAccess, client: pg.Client): Promise<() => void> {
  if (signal === undefined) return () => undefined;
  const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  const cancel = (): void => {
    withClient(access, access.maintenance, (other) => other.query('SELECT pg_cancel_backend($1)', [rows[0]?.pid])).catch(
      () => undefined,
    );
  };
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}
