import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { chainStart, type EvidenceLine, lineHash } from './line.ts';

export interface EvidenceChain {
  readonly lines: readonly EvidenceLine[];
  /** sha256 of each line of the file, also of one that can't be read. */
  readonly hashes: readonly string[];
  /** sha256 of the last line: who keeps it elsewhere (a report does) can tell later that no line was cut off the end. */
  readonly head: string;
  /** What is wrong with the chain, in plain words; empty when it is whole. */
  readonly faults: readonly string[];
  /** Whether a last line without an end was left out: its writer was killed, which is no fault. */
  readonly torn: boolean;
}

/**
 * Reads an evidence file and checks its chain.
 *
 * @returns all lines that can be read, and the faults found; a file that is not there is an empty chain.
 * @throws the file system's error when the file is there and can't be read.
 */
export async function readEvidence(file: string): Promise<EvidenceChain> {
  return checkEvidence(await readFile(file, 'utf8').catch(emptyIfMissing));
}

/** @returns the chain in the text of an evidence file. */
export function checkEvidence(text: string): EvidenceChain {
  const parts = text.split('\n');
  const torn = parts.pop() !== '';
  const lines: EvidenceLine[] = [];
  const hashes: string[] = [];
  const faults: string[] = [];
  let previous = chainStart;

  for (const [index, part] of parts.entries()) {
    const number = index + 1;
    const line = parse(part);
    if (line === undefined) faults.push(`line ${number} can’t be read`);
    else {
      if (line.line !== number) faults.push(`line ${number} says that it is line ${line.line}`);
      if (line.previous !== previous)
        faults.push(`line ${number} does not follow line ${number - 1}: something before it was changed`);
      lines.push(line);
    }
    previous = lineHash(part);
    hashes.push(previous);
  }
  return { lines, hashes, head: previous, faults, torn };
}

/** Only what is read is looked at: a later version may write more. */
const storedLine = z.looseObject({
  line: z.number(),
  previous: z.string(),
  activity: z.string(),
  activityId: z.string(),
  attempt: z.number(),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime(),
  outcome: z.enum(['done', 'failed', 'cancelled']),
  code: z.string().optional(),
  message: z.string().optional(),
  worker: z.string(),
});

function parse(text: string): EvidenceLine | undefined {
  try {
    return storedLine.parse(JSON.parse(text)) as EvidenceLine;
  } catch {
    return undefined;
  }
}

function emptyIfMissing(error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return '';
  throw error;
}
