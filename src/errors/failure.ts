import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import { type ErrorDetails, KintsugiError } from './kintsugi-error.ts';
import { errorTable, isErrorCode } from './table.ts';

/**
 * Turns an error of ours into the failure that Temporal stores: `type` is the code, `details[0]` the state and hints.
 *
 * @returns an ApplicationFailure that is retried only if the error table says that waiting can mend it.
 */
export function toFailure(error: KintsugiError): ApplicationFailure {
  return ApplicationFailure.create({
    message: error.message,
    type: error.code,
    nonRetryable: !errorTable[error.code].retryable,
    details: [{ state: error.state ?? null, hints: [...error.hints] }],
  });
}

/**
 * Finds the error of ours in what Temporal threw (an ActivityFailure wraps an ApplicationFailure, and so on).
 *
 * @returns the innermost known error; anything else becomes INTERNAL with the innermost message.
 */
export function fromFailure(thrown: unknown): KintsugiError {
  let innermost: unknown = thrown;
  for (let cause: unknown = thrown; cause instanceof Error; cause = cause.cause) {
    innermost = cause;
    if (cause instanceof KintsugiError) return cause;
    if (cause instanceof CancelledFailure) return new KintsugiError('CANCELLED', 'A person cancelled it.', { cause: thrown });
    if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) {
      const details = (cause.details?.[0] ?? {}) as { state?: string | null; hints?: string[] };
      return new KintsugiError(cause.type, cause.message, plainDetails(details));
    }
  }
  const message = innermost instanceof Error ? innermost.message : String(innermost);
  const where = innermost instanceof TemporalFailure ? innermost.constructor.name : undefined;
  return new KintsugiError('INTERNAL', where === undefined ? message : `${where}: ${message}`, { cause: thrown });
}

function plainDetails(details: { state?: string | null; hints?: string[] }): ErrorDetails {
  return {
    ...(details.state ? { state: details.state } : {}),
    ...(Array.isArray(details.hints) ? { hints: details.hints } : {}),
  };
}
