import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

export interface HashOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told the number of bytes after each piece. */
  readonly onBytes?: (count: number) => void;
  /** Flush the file to the disk as well: it is open anyway. */
  readonly flush?: boolean;
}

const pieceBytes = 1024 * 1024;

/** @returns the sha256 of a file, read in pieces, and its size. @throws what the signal was aborted with. */
export async function hashFile(file: string, options: HashOptions = {}): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  const piece = Buffer.allocUnsafe(pieceBytes);
  const handle = await open(file, 'r');
  try {
    let bytes = 0;
    for (;;) {
      options.signal?.throwIfAborted();
      const { bytesRead } = await handle.read(piece, 0, pieceBytes, null);
      if (bytesRead === 0) break;
      hash.update(piece.subarray(0, bytesRead));
      bytes += bytesRead;
      options.onBytes?.(bytesRead);
    }
    if (options.flush) await handle.sync();
    return { sha256: hash.digest('hex'), bytes };
  } finally {
    await handle.close();
  }
}

/** Runs `work` for every item, at most `width` at a time. The first error stops the rest. @returns the results in order. */
export async function inParallel<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (!failed && next < items.length) {
      const at = next;
      next += 1;
      try {
        results[at] = await work(items[at] as T);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, lane));
  return results;
}
