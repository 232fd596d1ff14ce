/** The plan's Temporal is gone, too: one of this machine stands in for it, and the database comes back. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Answer, kintsugi } from './harness/kintsugi.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let content: string;

const run = (...args: string[]): Promise<Answer> => kintsugi(stack.plan, ...args);
const state = (file: string) => path.join(stack.folder, '.kintsugi', file);
const recover = ['recover', 'restore', '--yes', '--by', 'tester', '--reason', 'test', '--skip', 'freshBackup'];

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'embedded', rows: 1_000, temporalAddress: temporal.address, databaseOnly: true });
  await stack.start();
  expect(await run('up', '--no-schedules')).toMatchObject({ status: 0 });
  expect(await run('backup', 'take', '--fingerprints')).toMatchObject({ status: 0 });
  content = await stack.content();
});

afterAll(async () => {
  await run('down');
  await stack.remove();
});

test('while the plan’s Temporal answers, nothing stands in for it', async () => {
  const answer = await run('up', '--embedded');
  expect(answer.stderr).toContain('answers: nothing has to stand in for it.');
  expect(answer.status).toBe(7);
  expect(existsSync(state('stand-in.json'))).toBe(false);
});

test('with it gone: without --embedded the way out is said; with it the database comes back, from a worker that waited for the other', async () => {
  await stack.dropDatabase();
  await temporal.teardown();
  const refused = await run(...recover);
  expect(refused.status).toBe(6);
  expect(refused.stderr).toContain('ERROR TEMPORAL_UNREACHABLE');
  expect(refused.stderr).toContain('--embedded');

  const answer = await run(...recover, '--embedded');
  expect(answer.stdout + answer.stderr).toContain(`stands in for the plan’s at ${temporal.address}`);
  expect(answer.status, answer.stdout + answer.stderr).toBe(0);
  expect(await stack.content()).toBe(content);
  expect(await stack.jobs()).toEqual([]);

  // Everything is as always: the stand-in is found again.
  const status = await run('status');
  expect(status.stdout).toContain(`restore-${stack.project}`);
  expect((await run('report', `restore-${stack.project}`)).status).toBe(0);
});

test('afterwards the plan’s Temporal counts again', async () => {
  const { address } = JSON.parse(readFileSync(state('stand-in.json'), 'utf8')) as { address: string };
  const down = await run('down');
  expect(down.status).toBe(0);
  expect(existsSync(state('stand-in.json'))).toBe(false);
  const status = await run('status');
  expect(status.stdout).not.toContain(address);
  expect(status.stdout).toContain(temporal.address);
});
