import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { fromFailure } from '../errors/failure.ts';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { isUnreachable } from './temporal.ts';

/** @returns what Temporal's client threw as an error of ours, for the person before the terminal. */
export function explainFailure(thrown: unknown): KintsugiError {
  if (thrown instanceof WorkflowNotFoundError) {
    const id = thrown.workflowId || 'the workflow';
    return new KintsugiError('NOT_FOUND', `There is no ${id}.`, {
      state: 'Nothing was stopped or changed.',
      hints: ['kintsugi status'],
      cause: thrown,
    });
  }
  if (thrown instanceof WorkflowExecutionAlreadyStartedError) {
    return new KintsugiError('ALREADY_RUNNING', `${thrown.workflowId} runs already.`, {
      state: 'It goes on; nothing else was started.',
      hints: [`kintsugi watch ${thrown.workflowId}`],
    });
  }
  const error = fromFailure(thrown);
  if (error.code !== 'INTERNAL') return error;
  for (let cause: unknown = thrown; cause instanceof Error; cause = cause.cause) {
    const ended = explainEnd(cause);
    if (ended) return ended;
  }
  return isUnreachable(thrown)
    ? new KintsugiError('TEMPORAL_UNREACHABLE', 'The Temporal server does not answer.', {
        state: 'A recovery that was running goes on when Temporal is back.',
        hints: ['kintsugi up', 'kintsugi doctor'],
        cause: thrown,
      })
    : error;
}

/** Ends that did not come from a step. */
function explainEnd(failure: Error): KintsugiError | null {
  if (failure instanceof TerminatedFailure) {
    return new KintsugiError('CANCELLED', 'It was terminated from outside, so it could not clean up.', {
      state: 'The application may be stopped.',
      hints: ['kintsugi doctor --mend', 'kintsugi recover restore'],
    });
  }
  if (failure instanceof TimeoutFailure) {
    return new KintsugiError('INTERNAL', `A step did not end in its time: ${failure.message}.`, { hints: ['kintsugi doctor'] });
  }
  return null;
}
