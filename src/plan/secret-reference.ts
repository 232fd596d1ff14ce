import { z } from 'zod';

/** A secret by reference: the plan and workflow histories name it, only the worker reads it. */
export const secretReference = z
  .union([
    z.strictObject({
      env: z.string().min(1).describe('Name of an environment variable of the worker (or of the stack’s .env file)'),
    }),
    z.strictObject({ file: z.string().min(1).describe('Path of a file, relative to the plan, whose first line is the secret') }),
  ])
  .describe('A secret by reference, never by value: { env: NAME } or { file: path }');
export type SecretReference = z.infer<typeof secretReference>;
