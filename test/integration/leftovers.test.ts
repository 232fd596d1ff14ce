import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type { RestoreInput, RestoreResult } from '../../src/workflows/contract.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

const confirmed = { requestedBy: 'tester', confirm: 'uns_claudejp', reason: 'test' } satisfies RestoreInput;
const program = fileURLToPath(new URL('../../bin/kintsugi.js', import.meta.url));

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
const kintsugi = (...args: string[]) => execa(program, ['--plan', stack.plan, ...args], { reject: false });

/** Brings a recovery to an activity and terminates it there, which runs no clean-up. The activity does not know yet. */
async function terminateIn(activity: string): Promise<void> {
  worker.arm(activity, 'hold');
  const recovery = await start(confirmed);
  await until(`${activity} is held`, () => Promise.resolve(worker.holds(activity)));
  await recovery.terminate('a test');
}

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'leftovers', rows: 2_000, temporalAddress: temporal.address });
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

/** The findings of `kintsugi doctor` that speak of leftovers. */
async function leftovers(...args: string[]): Promise<{ ok: boolean; text: string; mend: string | null }[]> {
  const { stdout } = await kintsugi('--json', 'doctor', ...args);
  const { findings } = JSON.parse(stdout) as { findings: { area: string; ok: boolean; text: string; mend: string | null }[] };
  return findings.filter(({ area }) => area === 'leftovers');
}

async function expectAllBack(): Promise<void> {
  expect(await stack.content()).toBe(content);
  expect(await stack.running()).toEqual(running);
  expect((await stack.databases()).filter((name) => name.includes('_restoring_'))).toEqual([]);
  expect(await stack.jobs()).toEqual([]);
  expect((await fetch(stack.health)).status).toBe(200);
  expect(await leftovers()).toEqual([expect.objectContaining({ ok: true, text: 'nothing is left of earlier recoveries' })]);
}

describe('what a terminated recovery left', () => {
  test.each([
    ['fence', [/services are stopped.*nginx/]],
    [
      'verifyRestored',
      [/the unfinished copy uns_claudejp_restoring_[0-9a-f]{8}/, /closed to connections/, /services are stopped/],
    ],
    ['startServices', [/services are stopped.*backend.*nginx/]],
  ])('in %s is named by doctor, and doctor --mend mends it', async (activity, named) => {
    await terminateIn(activity);
    const [found, ...more] = await leftovers();
    expect(more).toEqual([]);
    for (const what of named) expect(found?.text).toMatch(what);
    expect(found?.text).toContain(`restore-${stack.project}/`);
    expect(await stack.running()).not.toEqual(running);
    worker.release(activity);
    const mended = await kintsugi('doctor', '--mend', '--yes');
    expect(mended.exitCode).toBe(0);
    expect(mended.stdout).toContain('start ');
    await expectAllBack();
  });

  test.each(['stopServices', 'restoreBeside', 'swap'])('in %s is mended by the next start', async (activity) => {
    await terminateIn(activity);
    worker.release(activity);
    const result = (await (await start({ ...confirmed, skip: ['freshBackup'] })).result()) as RestoreResult;
    expect(result.phase).toBe('completedWithSkippedSteps');
    await expectAllBack();
  });

  test('is mended by the next start also when that is refused: the services that ran run again', async () => {
    await terminateIn('restoreBeside');
    worker.release('restoreBeside');
    const next = await start({});
    await until(
      'it waits for an approval',
      async () => ((await next.query('progress').catch(() => null)) as { phase: string } | null)?.phase === 'waitingForApproval',
    );
    await next.executeUpdate('refuse', { args: [{ by: 'Sato', reason: 'not now' }] });
    expect(fromFailure(await next.result().catch((error: unknown) => error)).code).toBe('REFUSED');
    await expectAllBack();
  });

  test('of a backup is named by doctor, and doctor --mend removes it', async () => {
    worker.arm('describeContent', 'hold');
    const backup = await temporal.client.workflow.start('takeBackup', {
      taskQueue: `kintsugi-${stack.project}`,
      workflowId: 'another-backup',
      args: [{}],
    });
    await until('describeContent is held', () => Promise.resolve(worker.holds('describeContent')));
    expect(await leftovers()).toEqual([expect.objectContaining({ ok: true })]);
    await backup.terminate('a test');
    worker.release('describeContent');
    const [found] = await leftovers();
    expect(found?.text).toMatch(/the unfinished backup \S+\.partial of another-backup\//);
    expect((await kintsugi('doctor', '--mend', '--yes')).exitCode).toBe(0);
    expect(readdirSync(path.join(stack.folder, 'backups')).filter((name) => name.endsWith('.partial'))).toEqual([]);
    await expectAllBack();
  });

  test('is not touched while its run goes on', async () => {
    worker.arm('verifyRestored', 'hold');
    const recovery = await start({ ...confirmed, skip: ['freshBackup'] });
    await until('it is held', () => Promise.resolve(worker.holds('verifyRestored')));
    expect(await leftovers()).toEqual([expect.objectContaining({ ok: true })]);
    expect((await kintsugi('doctor', '--mend', '--yes')).exitCode).toBe(0);
    worker.release('verifyRestored');
    expect(((await recovery.result()) as RestoreResult).phase).toBe('completedWithSkippedSteps');
    await expectAllBack();
  });
});
