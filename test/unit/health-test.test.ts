import { expect, test } from 'vitest';
import { testCommand } from '../../src/activities/docker/health-test.ts';

test.each([
  [
    ['CMD', 'python', '-m', 'app.healthcheck'],
    ['python', '-m', 'app.healthcheck'],
  ],
  [
    ['CMD-SHELL', 'pg_isready || exit 1'],
    ['/bin/sh', '-c', 'pg_isready || exit 1'],
  ],
  [['NONE'], null],
  [undefined, null],
])('the health check %j is run as %j', (written, command) => {
  expect(testCommand(written)).toEqual(command);
});
