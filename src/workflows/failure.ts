import type { z } from 'zod';
import { toFailure } from '../errors/failure.ts';
import { type ErrorDetails, KintsugiError } from '../errors/kintsugi-error.ts';
import type { ErrorCode } from '../errors/table.ts';
import { nearest } from '../text/nearest.ts';

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
  throw failure('INVALID_INPUT', `The input is not right: ${faultsOf(parsed.error, Object.keys(schema.shape))}.`, {
    state: 'Nothing was stopped or changed.',
    hints: [`the fields are ${Object.keys(schema.shape).join(', ')}; all may be left out`],
  });
}

/** @returns every wrong field with what is wrong with it, on one line. @param fields those that there are: a misspelt one is recognised. */
export function faultsOf({ issues }: z.ZodError, fields: readonly string[] = []): string {
  return issues.flatMap((issue) => faultOf(issue, fields)).join('; ');
}

function faultOf(issue: z.core.$ZodIssue, fields: readonly string[]): string[] {
  const place = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = place === '' ? fields : [];
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      return `${place === '' ? '' : `${place}: `}there is no field “${key}”${meant === null ? '' : `, did you mean ${meant}?`}`;
    });
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return [`${place || 'input'} is missing`];
  return [`${place || 'input'}: ${issue.message}`];
}
