import { z } from 'zod';
import { duration, size } from './units.ts';

/** The machine that the stack runs on: how its Docker is restarted, and how much disk is to be free. */
export const host = z
  .strictObject({
    restartDocker: z
      .array(z.string().min(1))
      .min(1)
      .default(['systemctl', 'restart', 'docker'])
      .describe('Program and arguments that restart the Docker daemon; run by the worker, without a shell'),
    dockerWithin: duration.default('2m').describe('How long the Docker daemon may take to answer after its restart'),
    dockerFolder: z
      .string()
      .default('/var/lib/docker')
      .describe('Docker’s data folder, looked into while its daemon does not answer'),
    alertAt: z.int().min(1).max(99).default(80).describe('A disk that is this full is a symptom, in per cent'),
    free: size
      .default('1GB')
      .describe('A recovery frees disk space until so much is free, or a tenth of the disk if that is less'),
    reserve: size
      .optional()
      .describe('Ballast kept beside the database’s files, which a recovery gives up when that disk is full; none if missing'),
    crashLoop: z
      .strictObject({
        restarts: z.int().min(2).default(3).describe('So many restarts'),
        within: duration.default('10m').describe('in this time are a loop'),
      })
      .prefault({})
      .describe('When a service that restarts is said to be in a loop'),
  })
  .prefault({});
