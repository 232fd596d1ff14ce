import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

/**
 * A Temporal of this machine that stands in while the plan's own is gone: `kintsugi up --embedded`. It is written in the state folder, so
 * that worker and command line agree on it, and the plan file stays as it is.
 */
const standIn = z.strictObject({
  /** host:port of the Temporal that stands in, and the address of its UI. */
  address: z.string(),
  ui: z.string(),
  /** The address that the plan names. */
  insteadOf: z.string(),
  since: z.iso.datetime(),
});
export type StandIn = z.infer<typeof standIn>;

/** @returns where it is written. */
export function standInFile(stateFolder: string): string {
  return path.join(stateFolder, 'stand-in.json');
}

/** @returns the Temporal that stands in for the plan's; null when none does. A file that can't be understood is none. */
export async function readStandIn(stateFolder: string): Promise<StandIn | null> {
  const text = await readFile(standInFile(stateFolder), 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    return standIn.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
