/** The worker dies in every step of a backup, before it, in its midst, and when it is done and nobody knows it. */
import { rmSync } from 'node:fs';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TakeBackupResult } from '../../src/workflows/contract.ts';
import { BackupRun } from '../integration/harness/backup-run.ts';
import { TestStack } from '../integration/harness/stack.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let backup: BackupRun;

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'backup-kills', rows: 2_000, temporalAddress: temporal.address, databaseOnly: true });
  await stack.start();
  worker = await WorkerProcess.serving(stack, temporal);
  backup = new BackupRun(stack, temporal);
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

const steps = [
  'readPlan',
  'openSnapshot',
  'dumpDatabase',
  'dumpGlobals',
  'describeContent',
  'finishBackup',
  'closeSnapshot',
  'removeJobs',
];
const kills = steps.flatMap((step) => (['before', 'during', 'after'] as const).map((when) => [step, when] as const));

test.each(kills)('in %s (%s)', async (activity, when) => {
  worker.arm(activity, when);
  const run = await backup.start();
  const result = run.result() as Promise<TakeBackupResult>;
  let done = false;
  const end = () => {
    done = true;
  };
  result.then(end, end);
  // A step that is over sooner than the fault strikes ends unharmed.
  await until('the worker died', () => Promise.resolve(worker.ended || done));
  expect(await backup.entries('broken')).toEqual([]);
  if (worker.ended) worker.start();
  const taken = await result;
  await backup.expectWhole(taken);
  expect(await backup.entries('whole')).toEqual([taken.id]);
  await backup.expectNothingHalf();
  rmSync(taken.path, { recursive: true });
});
