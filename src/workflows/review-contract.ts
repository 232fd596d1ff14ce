/** What the outside and reviews of the plan agree on: see contract.ts. */
import { z } from 'zod';
import { reviewNames } from '../reviews/checklist.ts';

/** The one argument of `reviewPlan`. */
export const reviewInput = z.strictObject({
  review: z.enum(reviewNames).default('monthly').describe('Which review; a wider one has all of the narrower ones'),
});
export type ReviewInput = z.input<typeof reviewInput>;

/** The argument of the `complete` update of `reviewPlan`. */
export const completeReviewInput = z.strictObject({
  by: z.string().trim().min(1).describe('Your name'),
  comment: z.string().trim().min(1).describe('What came of it'),
});
export type CompleteReviewInput = z.infer<typeof completeReviewInput>;

export const reviewUpdate = 'complete';
