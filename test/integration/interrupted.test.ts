import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type { Progress, RestoreInput, RestoreResult } from '../../src/workflows/contract.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

const confirmed = { requestedBy: 'tester', confirm: 'uns_claudejp', reason: 'test' } satisfies RestoreInput;

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let running: string[];
let content: string;

const start = (input: RestoreInput) =>
  temporal.client.workflow.start('restoreDatabase', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `restore-${stack.project}`,
    args: [input],
  });

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'interrupted', rows: 2_000, temporalAddress: temporal.address });
  await stack.start();
  worker = new WorkerProcess(stack.plan);
  worker.start();
  running = await stack.running();
  content = await stack.content();
  await temporal.client.workflow.execute('takeBackup', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: 'backup',
    args: [{ fingerprints: true }],
  });
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

/** What must be so after every recovery, whatever its end. */
async function expectNothingLeft(): Promise<void> {
  expect(await stack.content()).toBe(content);
  expect(await stack.running()).toEqual(running);
  expect((await stack.databases()).filter((name) => name.includes('_restoring_'))).toEqual([]);
  expect(await stack.jobs()).toEqual([]);
  expect((await fetch(stack.health)).status).toBe(200);
}

const untilSwap = ['findDependents', 'stopServices', 'fence', 'openBackup', 'restoreBeside', 'verifyRestored', 'analyze', 'swap'];

describe('a recovery that is cancelled leaves the old database live and nothing behind', () => {
  test.each(untilSwap)('in %s', async (activity) => {
    worker.arm(activity, 'hold');
    const recovery = await start(confirmed);
    await until(`${activity} is held`, () => Promise.resolve(worker.holds(activity)));
    await recovery.cancel();
    worker.release(activity);
    const error = fromFailure(await recovery.result().catch((thrown: unknown) => thrown));
    expect((await recovery.describe()).status.name).toBe('CANCELLED');
    expect(error.code).toBe('CANCELLED');
    await expectNothingLeft();
  });
});

test('a recovery of a dropped database that is cancelled says that there is none, and the services run again', async () => {
  await stack.dropDatabase();
  worker.arm('verifyRestored', 'hold');
  const recovery = await start(confirmed);
  await until('it is held', () => Promise.resolve(worker.holds('verifyRestored')));
  await recovery.cancel();
  worker.release('verifyRestored');
  await expect(recovery.result()).rejects.toThrow();
  expect((await recovery.query<Progress>('progress')).message).toMatch(/^There is no database, as before\./);
  expect(await stack.running()).toEqual(running);
  expect((await (await start({ ...confirmed, skip: ['freshBackup'] })).result()) as RestoreResult).toMatchObject({
    phase: 'completedWithSkippedSteps',
  });
  await expectNothingLeft();
});

describe('a recovery whose worker is killed ends as if nothing had been', () => {
  // Done and not told is the hardest moment of a step: the next attempt finds its work there. Long ones are also struck in the middle.
  const after = [
    'readPlan',
    'chooseBackup',
    'preflight',
    ...untilSwap,
    'startServices',
    'checkHealth',
    'removeJobs',
    'writeReport',
  ].map((activity) => [activity, 'after'] as const);
  const during = ['stopServices', 'restoreBeside', 'verifyRestored', 'analyze', 'startServices'].map(
    (activity) => [activity, 'during'] as const,
  );

  test.each([...after, ...during])('in %s (%s)', async (activity, when) => {
    await stack.query('DELETE FROM timer_cards', 'uns_claudejp');
    worker.arm(activity, when);
    const recovery = await start({ ...confirmed, skip: ['freshBackup'] });
    const ended = recovery.result() as Promise<RestoreResult>;
    let done = false;
    const end = () => {
      done = true;
    };
    ended.then(end, end);
    // A step that is over sooner than the fault strikes ends unharmed; then there is nothing to restart.
    await until('the worker died', () => Promise.resolve(worker.ended || done));
    if (worker.ended) worker.start();
    expect((await ended).phase).toBe('completedWithSkippedSteps');
    await expectNothingLeft();
    await stack.query(`DROP DATABASE "${(await ended).replaced?.name}"`);
  });
});
