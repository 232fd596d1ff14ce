import { describe, expect, test } from 'vitest';
import type { Activities } from '../../src/activities/index.ts';
import { fromFailure } from '../../src/errors/failure.ts';
import type { Progress } from '../../src/workflows/contract.ts';
import { rehearse } from './harness.ts';

const nothing: readonly string[] = [];
const services = ['startServices', 'removeJobs'];
const fenced = ['liftFence', ...services];
const beside = ['dropScratch', 'closeBackup', ...fenced];
const untouched = /^Nothing was stopped or changed\.$/;
const old = /^The old database is live again as it was, and the services that ran before run again\.$/;
const restored =
  /^The restored database is live; the old one is kept as shop_replaced\. To go back: kintsugi undo restore-\S+\/\w+$/;

/** Either of a pair may be called first. */
const sideBySide: readonly (readonly string[])[] = [
  ['preflight', 'findDependents'],
  ['verifyRestored', 'analyze'],
];

/** Each activity of a recovery, what must be undone when it is the one that ends it, in this order, and what is said then. */
const ends: readonly (readonly [keyof Activities, readonly string[], RegExp])[] = [
  ['chooseBackup', nothing, untouched],
  ['clearLeftovers', nothing, untouched],
  ['preflight', nothing, untouched],
  ['findDependents', nothing, untouched],
  ['stopServices', services, old],
  ['fence', fenced, old],
  ['openBackup', beside, old],
  ['restoreBeside', beside, old],
  ['verifyRestored', beside, old],
  ['analyze', beside, old],
  ['swap', beside, old],
  ['checkHealth', ['closeBackup', 'removeJobs'], restored],
];

/** @returns a recovery that was started, and what it has called since `activity`. */
async function begin(stack: Awaited<ReturnType<typeof rehearse>>, activity: string) {
  const run = await stack.clock.client.workflow.start('restoreDatabase', {
    taskQueue: stack.taskQueue,
    workflowId: `restore-${stack.taskQueue}`,
    args: [{ requestedBy: 'Sato', reason: 'test', confirm: 'shop', skip: ['freshBackup'] }],
  });
  const twin = sideBySide.find((pair) => pair.includes(activity))?.find((other) => other !== activity);
  const calls = () => stack.calls.filter((call) => call !== twin);
  return { run, undone: () => calls().slice(calls().indexOf(activity) + 1) };
}

describe('a recovery that is cancelled takes back what it did, last first', () => {
  test.each(ends)('in %s', async (activity, undo) => {
    const stack = await rehearse(`cancel-${activity.toLowerCase()}`, {}, 'real');
    const held = stack.holdAt(activity);
    await stack.run(async () => {
      const { run, undone } = await begin(stack, activity);
      await held;
      await run.cancel();
      const error = fromFailure(await run.result().catch((thrown: unknown) => thrown));
      expect(error.code).toBe('CANCELLED');
      expect((await run.describe()).status.name).toBe('CANCELLED');
      expect((await run.query<Progress>('progress')).phase).toBe('cancelled');
      expect(undone()).toEqual([...undo, 'writeReport']);
    });
  });
});

describe('a recovery whose step fails for good takes back what it did, last first, and says in what state things are', () => {
  test.each(ends)('in %s', async (activity, undo, state) => {
    const stack = await rehearse(`fail-${activity.toLowerCase()}`, {}, 'real');
    stack.failAt(activity, 'RESTORE_FAILED');
    await stack.run(async () => {
      const { run, undone } = await begin(stack, activity);
      const error = fromFailure(await run.result().catch((thrown: unknown) => thrown));
      expect(error).toMatchObject({ code: 'RESTORE_FAILED', message: `${activity} failed.` });
      expect(error.state).toMatch(state);
      expect((await run.query<Progress>('progress')).phase).toBe('failed');
      expect(undone()).toEqual([...undo, 'writeReport']);
    });
  });

  test('a clean-up that fails itself is said, and the rest of it is done', async () => {
    const stack = await rehearse('unclean', {}, 'real');
    stack.failAt('verifyRestored', 'VERIFY_FAILED');
    stack.failAt('liftFence', 'DATABASE_SERVER_DOWN');
    await stack.run(async () => {
      const { run, undone } = await begin(stack, 'verifyRestored');
      const error = fromFailure(await run.result().catch((thrown: unknown) => thrown));
      expect(error.code).toBe('VERIFY_FAILED');
      expect(error.state).toContain('lift the fence: liftFence failed.');
      expect(error.state).toContain('kintsugi doctor --mend');
      expect(undone()).toEqual([...beside, 'writeReport']);
    });
  });

  test('a report that cannot be written does not change how a recovery ends', async () => {
    const stack = await rehearse('reportless', {}, 'real');
    stack.failAt('writeReport', 'INVALID_INPUT');
    await stack.run(async () => {
      const { run } = await begin(stack, 'swap');
      expect(await run.result()).toMatchObject({ phase: 'completedWithSkippedSteps', report: null });
    });
  });
});
