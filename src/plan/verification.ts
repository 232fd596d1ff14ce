import { z } from 'zod';
import { duration, size } from './units.ts';

/** Limits of a scratch server, so that what is proven on it takes nothing from production. */
export const scratchServer = z
  .strictObject({
    cpus: z.number().min(0.1).default(1).describe('Processors that it may use at most'),
    memory: size.default('2GB').describe('Memory that it may use at most; its disk cache counts, and gives way'),
    settings: z
      .record(z.string().regex(/^[a-z_.]+$/), z.string())
      .default({})
      .describe('PostgreSQL settings of the server, on top of those that a restore needs to find as in production'),
  })
  .prefault({});
export type ScratchServerLimits = z.infer<typeof scratchServer>;

/** How stored backups are proven. */
export const verification = z
  .strictObject({
    every: duration.default('14d').describe('Every stored backup is restored and compared at least so often'),
    restores: z
      .int()
      .min(1)
      .max(100)
      .default(2)
      .describe('Backups that a run restores at least: the newest, then those that wait longest for their turn'),
    shrunk: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('A backup smaller than this part of the usual size of those before it is suspicious; 0: never'),
    server: scratchServer.describe('The scratch server that backups are restored into'),
  })
  .prefault({});
