/** Reviews that were completed, on the worker's disk: one JSON object a line, oldest first. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { appendJsonLine, readJsonLines } from '../catalog/json-lines.ts';
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
export function readReviews(stateFolder: string): Promise<CompletedReview[]> {
  return readJsonLines(fileOf(stateFolder), (value) => completed.parse(value));
}

/** Keeps a review; the same run keeps one. @returns the review that is kept. */
export async function appendReview(stateFolder: string, review: CompletedReview): Promise<CompletedReview> {
  const known = (await readReviews(stateFolder)).find(({ runId }) => runId === review.runId);
  if (known !== undefined) return known;
  await mkdir(stateFolder, { recursive: true });
  await appendJsonLine(fileOf(stateFolder), review, 0o640);
  return review;
}
