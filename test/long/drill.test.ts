/** A drill that is killed, cancelled or terminated at any of its steps leaves nothing behind, and production never notices. */
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { DrillInput, DrillResult } from '../../src/workflows/drill-contract.ts';
import { newestDrill, planDrills, startDrill } from '../integration/harness/drills.ts';
import { kintsugi } from '../integration/harness/kintsugi.ts';
import { TestStack } from '../integration/harness/stack.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let databases: string[];
let running: string[];

const start = (input: DrillInput = {}, type?: string) => startDrill(temporal, stack, input, type);

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'drill-kill', rows: 1_000, temporalAddress: temporal.address });
  await stack.start();
  planDrills(stack);
  worker = await WorkerProcess.serving(stack, temporal);
  expect(await kintsugi(stack.plan, 'backup', 'take')).toMatchObject({ status: 0 });
  databases = await stack.databases();
  running = await stack.running();
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

afterEach(async () => {
  expect(await stack.databases()).toEqual(databases);
  expect(await stack.running()).toEqual(running);
  expect(await stack.parts()).toEqual([]);
});

const activities = [
  'clearLeftovers',
  'prepareDrill',
  'chooseBackup',
  'startScratchServer',
  'preflight',
  'openBackup',
  'restoreBeside',
  'verifyRestored',
  'analyze',
  'swap',
  'recordVerification',
  'tryApplication',
  'removeJobs',
  'removeScratchServers',
  'closeBackup',
  'recordDrillEnd',
  'writeReport',
];

describe('a worker that is killed', () => {
  test.each(activities.flatMap((activity) => [[activity, 'during'] as const, [activity, 'after'] as const]))(
    'in %s (%s) costs seconds: the drill passes all the same',
    async (activity, fault) => {
      worker.arm(activity, fault);
      const drill = await start();
      await until('the worker died', () => Promise.resolve(worker.ended));
      worker.start();
      expect((await drill.result()) as DrillResult).toMatchObject({ drilled: [{ outcome: 'passed' }] });
      expect((await newestDrill(stack)).ended?.results.filter(({ met }) => met === false)).toEqual([]);
    },
  );
});

describe('a drill that is', () => {
  test.each(['chooseBackup', 'startScratchServer', 'restoreBeside', 'verifyRestored', 'tryApplication'])(
    'cancelled in %s removes all that it made, and holds no date',
    async (activity) => {
      worker.arm(activity, 'hold');
      const drill = await start();
      await until(`${activity} is held`, () => Promise.resolve(worker.holds(activity)));
      await drill.cancel();
      worker.release(activity);
      await expect(drill.result()).rejects.toThrow();
      expect((await newestDrill(stack)).ended).toMatchObject({ outcome: 'cancelled', incident: null });
    },
  );

  test.each(['startScratchServer', 'restoreBeside', 'tryApplication'])(
    'terminated in %s is cleared away by the next one, and never had an end',
    async (activity) => {
      worker.arm(activity, 'hold');
      const drill = await start();
      await until(`${activity} is held`, () => Promise.resolve(worker.holds(activity)));
      await drill.terminate('a test');
      worker.release(activity);
      expect((await newestDrill(stack)).ended).toBeNull();
      const next = (await (await start()).result()) as DrillResult;
      expect(next.drilled).toMatchObject([{ outcome: 'passed' }]);
    },
  );
});

test('the annual test restores the newest of each tier, and one that waits lets the other end first', async () => {
  expect(await kintsugi(stack.plan, 'schedules', 'list', '--json')).toMatchObject({ status: 0 });
  const tiers = await temporal.client.workflow.execute('takeDueBackup', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: 'due',
    args: [{}],
  });
  const [monthly, annual] = [await start(), await start({ ifRunning: 'wait' }, 'annualTest')];
  await monthly.result();
  const result = (await annual.result()) as DrillResult;
  expect(result.drilled.length).toBeGreaterThan(1);
  expect(result.drilled.map(({ id }) => id)).toContain((tiers as { id: string }).id);
  expect(result.results.filter(({ met }) => met !== true)).toEqual([]);
});
