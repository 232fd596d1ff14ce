import type { z } from 'zod';
import { toFailure } from '../errors/failure.ts';
import { type ErrorDetails, KintsugiError } from '../errors/kintsugi-error.ts';
import type { ErrorCode } from '../errors/table.ts';

/**
 * @returns a failure that fails the run at once. A plain Error in a workflow would be retried for ever instead and look alive.
 */
export function failure(code: ErrorCode, message: string, details: ErrorDetails = {}): Error {
  return toFailure(new KintsugiError(code, message, details));
}

/**
 * Reads the one argument of a workflow.
 *
 * @throws a failure INVALID_INPUT that names every wrong or unknown field and what is allowed.
 */
export function parseInput<S extends z.ZodObject>(schema: S, input: unknown): z.output<S> {
  const parsed = schema.safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  throw failure('INVALID_INPUT', `The input is not right: ${faultsOf(parsed.error)}.`, {
    state: 'Nothing was stopped or changed.',
    hints: [`the fields are ${Object.keys(schema.shape).join(', ')}; all may be left out`],
  });
}

/** @returns every wrong field with what is wrong with it, on one line. */
export function faultsOf({ issues }: z.ZodError): string {
  return issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`).join('; ');
}
