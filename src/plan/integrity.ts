import { z } from 'zod';
import { duration } from './units.ts';

/** The weekly checks: the plan's `checks` and the rules under `repairs`, and what PostgreSQL can say of its own files. */
export const integrity = z
  .strictObject({
    coverIn: z
      .int()
      .min(1)
      .max(520)
      .default(4)
      .describe('In so many runs every table and index is read with amcheck; each run takes those that were read longest ago'),
    statementWithin: duration.default('10m').describe('How long one query of a check may take before it is given up, and said'),
    within: duration.default('1h').describe('How long a run may read tables and indexes; what is left is first in the next run'),
  })
  .prefault({});
