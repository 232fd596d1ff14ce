/** A disk that is too small for the copy: refused before anything is touched, and restored once there is room. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kintsugi } from './harness/kintsugi.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { expectError, expectUntouched, type State, stateOf, status } from './harness/untouched.ts';
import { WorkerProcess } from './harness/worker.ts';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let before: State;

const filler = '/var/lib/postgresql/data/filler';
const inContainer = (...command: string[]) => execa('docker', ['exec', stack.database, ...command]);
const restore = () => kintsugi(stack.plan, 'recover', 'restore', '--yes', '--by', 'tester', '--skip', 'freshBackup');

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'bad-disk', rows: 2_000, temporalAddress: temporal.address, disk: '400m' });
  await stack.start();
  worker = await WorkerProcess.serving(stack, temporal);
  expect(await kintsugi(stack.plan, 'backup', 'take')).toMatchObject({ status: 0 });
  before = await stateOf(stack);
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

test('a disk without room for two databases is refused, with what it has and what it needs', async () => {
  const free = (await inContainer('df', '--output=avail', '--block-size=1M', '/var/lib/postgresql/data')).stdout.split('\n')[1];
  await inContainer('dd', 'if=/dev/zero', `of=${filler}`, 'bs=1M', `count=${Number(free) - 10}`, 'status=none');
  const answer = await restore();
  expectError(answer, status.environment, 'DISK_TOO_SMALL', /has \d+ MB free; the restore needs \d+ MB\./, '--drop-first');
  await expectUntouched(stack, before);
});

test('it is restored once there is room', async () => {
  await inContainer('rm', filler);
  await stack.query('TRUNCATE timer_cards', 'uns_claudejp');
  expect(await restore()).toMatchObject({ status: 0 });
  const [replaced] = (await stack.databases()).filter((name) => name.includes('_replaced_'));
  await stack.query(`DROP DATABASE "${replaced}"`);
  await expectUntouched(stack, before);
});
