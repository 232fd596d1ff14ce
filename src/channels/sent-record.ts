import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeDurably } from '../catalog/durable.ts';
import type { Delivery } from './contract.ts';
import { shortId } from './text.ts';

/** What is known of a message: an attempt began, or the provider has it. */
export type SentState =
  | { readonly state: 'trying'; readonly since: string }
  | { readonly state: 'sent'; readonly at: string; readonly delivery: Delivery };

/** The worker's own memory of what was sent, by key: it outlives the worker, Temporal's retries and Temporal. */
export interface SentRecord {
  read(key: string): Promise<SentState | null>;
  write(key: string, state: SentState): Promise<void>;
  /** Forgets an attempt that certainly sent nothing. */
  forget(key: string): Promise<void>;
}

/** @returns the record in `<state>/sent`: a small file a message, replaced in one move. */
export function sentRecord(stateFolder: string): SentRecord {
  const fileOf = (key: string) => {
    const id = shortId(key);
    return path.join(stateFolder, 'sent', id.slice(0, 2), `${id}.json`);
  };
  return {
    async read(key) {
      const text = await readFile(fileOf(key), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      });
      return text === null ? null : (JSON.parse(text) as { key: string } & SentState);
    },
    async write(key, state) {
      const file = fileOf(key);
      await mkdir(path.dirname(file), { recursive: true, mode: 0o750 });
      await writeDurably(`${file}.partial`, `${JSON.stringify({ key, ...state })}\n`);
      await rename(`${file}.partial`, file);
    },
    async forget(key) {
      await rm(fileOf(key), { force: true });
    },
  };
}
