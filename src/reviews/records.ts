/** Reviews that were completed, on the worker's disk: one JSON object a line, oldest first. */
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { reviewNames } from './checklist.ts';

const completed = z.object({
  review: z.enum(reviewNames),
  /** ISO 8601 in UTC: since when it was asked for, and when it was completed. */
  askedAt: z.string(),
  at: z.string(),
  by: z.string(),
  comment: z.string(),
  /** How often it was reminded of. */
  reminders: z.number(),
  planSha256: z.string(),
  runId: z.string(),
});
export type CompletedReview = z.infer<typeof completed>;

function fileOf(stateFolder: string): string {
  return path.join(stateFolder, 'reviews.jsonl');
}

/** @returns what is on record; a line that can't be understood counts as none. */
export async function readReviews(stateFolder: string): Promise<CompletedReview[]> {
  const text = await readFile(fileOf(stateFolder), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return [completed.parse(JSON.parse(line))];
    } catch {
      return [];
    }
  });
}

/** Keeps a review; the same run keeps one. @returns the review that is kept. */
export async function appendReview(stateFolder: string, review: CompletedReview): Promise<CompletedReview> {
  const known = (await readReviews(stateFolder)).find(({ runId }) => runId === review.runId);
  if (known !== undefined) return known;
  await mkdir(stateFolder, { recursive: true });
  const handle = await open(fileOf(stateFolder), 'a', 0o640);
  try {
    await handle.appendFile(`${JSON.stringify(review)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  return review;
}
