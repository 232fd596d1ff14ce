import { ApplicationFailure, CancelledFailure, TemporalFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { toFailure } from '../errors/failure.ts';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import type { Redactor } from '../evidence/redact.ts';

/** Temporal cuts failures of more than 4 KB by itself, at a place that nobody chose. */
const longestMessage = 2000;

/** @returns an interceptor by which every activity ends in a failure of the error table, without any secret. */
export function failureInterceptor(redactor: Redactor): ActivityInterceptorsFactory {
  return (context) => ({
    inbound: {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (error) {
          throw translate(error, context.cancellationSignal, redactor);
        }
      },
    },
  });
}

/**
 * @returns what Temporal is to store for an error that an activity threw:
 *   - the cancellation itself, when the activity was asked to stop: a tool that was stopped reports an error of its own,
 *     which would count as a failure of the step and be retried;
 *   - the failure of an error of ours, retried as the error table says;
 *   - INTERNAL for anything else, retried within the step's budget where another try may end otherwise.
 */
function translate(error: unknown, cancellation: AbortSignal, redactor: Redactor): unknown {
  if (error instanceof CancelledFailure || (error instanceof Error && error.name === 'CompleteAsyncError')) return error;
  if (cancellation.aborted) {
    const { reason } = cancellation;
    return reason instanceof CancelledFailure ? reason : new CancelledFailure('The activity was asked to stop');
  }
  if (error instanceof KintsugiError) return withStack(toFailure(clean(error, redactor)), error, redactor);
  if (error instanceof ApplicationFailure) return cleanFailure(error, redactor);
  // An ActivityFailure or a ChildWorkflowFailure can't come from an activity; were it to, Temporal knows best what it is.
  if (error instanceof TemporalFailure) return error;
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const known = new KintsugiError('INTERNAL', bounded(redactor.text(message)));
  const failure = isStatementFault(error) ? ApplicationFailure.nonRetryable(known.message, known.code) : toFailure(known);
  return withStack(failure, error, redactor);
}

/** Feature not supported, bad data, violated constraint, unknown schema, wrong syntax or rights: the same again would fail again. */
function isStatementFault(error: unknown): boolean {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return severity === 'ERROR' && typeof code === 'string' && /^(0A|22|23|3F|42)/.test(code);
}

function clean(error: KintsugiError, redactor: Redactor): KintsugiError {
  return new KintsugiError(error.code, bounded(redactor.text(error.message)), {
    ...(error.state === undefined ? {} : { state: redactor.text(error.state) }),
    hints: error.hints.map(redactor.text),
  });
}

function cleanFailure(failure: ApplicationFailure, redactor: Redactor): ApplicationFailure {
  const { type, nonRetryable, details, nextRetryDelay, category } = failure;
  const copy = ApplicationFailure.create({
    message: bounded(redactor.text(failure.message)),
    ...(type ? { type } : {}),
    nonRetryable: nonRetryable ?? false,
    ...(details ? { details: redactor.value(details) as unknown[] } : {}),
    ...(nextRetryDelay ? { nextRetryDelay } : {}),
    ...(category ? { category } : {}),
  });
  return withStack(copy, failure, redactor);
}

/** The place in the code where it really happened; without it every INTERNAL would point here. */
function withStack(failure: ApplicationFailure, origin: unknown, redactor: Redactor): ApplicationFailure {
  if (origin instanceof Error && origin.stack) failure.stack = bounded(redactor.text(origin.stack));
  return failure;
}

function bounded(text: string): string {
  return text.length <= longestMessage ? text : `${text.slice(0, longestMessage)} … (${text.length} characters)`;
}
