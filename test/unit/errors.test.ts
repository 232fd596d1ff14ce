import { ActivityFailure, ApplicationFailure, RetryState } from '@temporalio/common';
import { expect, test } from 'vitest';
import { fromFailure, toFailure } from '../../src/errors/failure.ts';
import { formatError, KintsugiError } from '../../src/errors/kintsugi-error.ts';
import { nonRetryableCodes } from '../../src/errors/table.ts';

const error = new KintsugiError('BACKUP_CORRUPT', '20261123T170004Z-c41d: data/3021.dat.gz does not match its checksum.', {
  state: 'Nothing was stopped or changed.',
  hints: ['kintsugi recover restore --backup 20261123T160003Z-9b02', 'kintsugi backup list'],
});

test('an error says what happened, the state and what to do next', () => {
  expect(formatError(error)).toBe(
    [
      'ERROR BACKUP_CORRUPT: 20261123T170004Z-c41d: data/3021.dat.gz does not match its checksum.',
      'Nothing was stopped or changed.',
      'HINT: kintsugi recover restore --backup 20261123T160003Z-9b02',
      'HINT: kintsugi backup list',
    ].join('\n'),
  );
});

test('an error survives its way through Temporal, wrapped as it comes back', () => {
  const failure = new ActivityFailure(
    'Activity task failed',
    'chooseBackup',
    '1',
    RetryState.NON_RETRYABLE_FAILURE,
    'worker',
    toFailure(error),
  );
  const back = fromFailure(failure);
  expect(formatError(back)).toBe(formatError(error));
});

test('only what waiting can mend is retried', () => {
  expect(toFailure(error).nonRetryable).toBe(true);
  expect(toFailure(new KintsugiError('CONNECTION_LOST', 'gone')).nonRetryable).toBe(false);
  expect(nonRetryableCodes()).not.toContain('DOCKER_UNREACHABLE');
});

test('an unknown failure is INTERNAL with its innermost message', () => {
  expect(fromFailure(ApplicationFailure.create({ message: 'x is not a function', type: 'TypeError' })).code).toBe('INTERNAL');
});
