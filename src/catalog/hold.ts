import { readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeDurably } from './durable.ts';
import { holdName } from './layout.ts';

const hold = z.object({
  /** ISO 8601 in UTC: kept at least so long. */
  until: z.iso.datetime(),
  reason: z.string(),
  by: z.string(),
  at: z.iso.datetime(),
});
export type Hold = z.infer<typeof hold>;

/** Holds a backup: retention leaves it. A hold that is there is replaced. @param folder of the backup. */
export async function writeHold(folder: string, wanted: Hold): Promise<void> {
  const file = path.join(folder, holdName);
  await writeDurably(`${file}.new`, `${JSON.stringify(wanted)}\n`);
  await rename(`${file}.new`, file);
}

/** @returns the hold of a backup, or null. One that can't be understood holds for ever: somebody wanted it. */
export async function readHold(folder: string): Promise<Hold | null> {
  const text = await readFile(path.join(folder, holdName), 'utf8').catch((error: NodeJS.ErrnoException) => {
    return error.code === 'ENOENT' ? null : '';
  });
  if (text === null) return null;
  try {
    return hold.parse(JSON.parse(text));
  } catch {
    return { until: '9999-12-31T00:00:00Z', reason: `its ${holdName} can’t be read`, by: 'unknown', at: '1970-01-01T00:00:00Z' };
  }
}

/** Takes a hold off. @returns whether there was one. */
export async function removeHold(folder: string): Promise<boolean> {
  const was = (await readHold(folder)) !== null;
  await rm(path.join(folder, holdName), { force: true });
  return was;
}
