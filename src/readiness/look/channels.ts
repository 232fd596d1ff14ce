import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { EvidenceLine } from '../../evidence/line.ts';
import { readEvidence } from '../../evidence/read.ts';
import type { ChannelsSeen } from '../facts.ts';

/**
 * @returns the last try of the message channels, from its evidence: it can be told when Temporal is down, which is when it matters
 *   whether people would hear of it. Null: there was none.
 */
export async function lookAtChannels(stateFolder: string, project: string): Promise<ChannelsSeen | null> {
  const folder = path.join(stateFolder, 'evidence');
  const names = (await readdir(folder).catch(() => [])).filter((name) => isTry(name, project));
  const files = (await Promise.all(names.map((name) => filesIn(path.join(folder, name))))).flat();
  const newest = files.toSorted((a, b) => b.changed - a.changed)[0];
  if (newest === undefined) return null;
  return triedIn((await readEvidence(newest.file)).lines);
}

/** Schedules add the time to the id; people's tries have a number of their own. */
function isTry(name: string, project: string): boolean {
  return new RegExp(`^(try-)?channels-${project}(-[0-9a-fTZ%A-F-]+)?$`).test(name);
}

async function filesIn(folder: string): Promise<{ file: string; changed: number }[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(
    names.map(async (name) => {
      const file = path.join(folder, name);
      return { file, changed: (await stat(file).catch(() => null))?.mtimeMs ?? 0 };
    }),
  );
}

const probed = z.object({ channel: z.string().optional(), ok: z.boolean(), text: z.string() });

/** @returns what came of each channel in the end: an attempt that failed counts only if none after it was done. */
export function triedIn(lines: readonly EvidenceLine[]): ChannelsSeen | null {
  const last = new Map(lines.filter(({ activity }) => activity === 'probeChannel').map((line) => [line.activityId, line]));
  const end = [...last.values()].at(-1);
  if (end === undefined) return null;
  const tried = [...last.values()].map(({ outcome, result, message }) => {
    const found = probed.safeParse(result).data;
    if (outcome !== 'done' || found === undefined) return { ok: false, text: message ?? 'it was not tried to the end' };
    return { ok: found.ok, text: found.channel === undefined ? found.text : `${found.channel}: ${found.text}` };
  });
  return { at: Math.max(...[...last.values()].map(({ endedAt }) => Date.parse(endedAt))), tried };
}
