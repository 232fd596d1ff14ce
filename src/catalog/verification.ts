/**
 * Results of verifications, kept with the backup they are of: `verification.jsonl` beside the manifest, a line each, newest last.
 * They outlive Temporal, and go where the backup goes. Whoever checks a backup appends; nobody changes a line.
 */
import path from 'node:path';
import { z } from 'zod';
import { appendJsonLine, readJsonLines } from './json-lines.ts';
import { fileMode, verificationName } from './layout.ts';

/** How a backup was verified, weakest first: each shows more than the one before. */
const means = ['checksums', 'listing', 'restore'] as const;

const result = z.object({
  /** When it ended, ISO 8601 in UTC. */
  at: z.iso.datetime(),
  means: z.enum(means),
  outcome: z.enum(['passed', 'failed']),
  /** Code of the error table and message of a failure. */
  code: z.string().optional(),
  message: z.string().optional(),
  /** The run that verified it: its evidence has the rest. */
  by: z.object({ workflowId: z.string(), runId: z.string() }),
  durationMs: z.number().nonnegative(),
});
export type Verification = z.infer<typeof result>;

/** Appends a result; when this returns it is on the disk. @param folder of the backup. */
export async function appendVerification(folder: string, verification: Verification): Promise<void> {
  await appendJsonLine(path.join(folder, verificationName), verification, fileMode);
}

/** @returns the results of a backup, oldest first; a line that was torn by a crash, or can't be understood, counts as none. */
export function readVerifications(folder: string): Promise<Verification[]> {
  return readJsonLines(path.join(folder, verificationName), (value) => result.parse(value));
}
