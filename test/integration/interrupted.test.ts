import { readdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type { Progress, RestoreInput, RestoreResult } from '../../src/workflows/contract.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

const confirmed = { requestedBy: 'tester', confirm: 'uns_claudejp', reason: 'test' } satisfies RestoreInput;

/** A table whose data, or whose index, is not restored before a file of the database's container is gone. */
const heldTable = `
  CREATE FUNCTION held(what text, value int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
  BEGIN
    WHILE (pg_stat_file('/dev/shm/' || what, true)).size IS NOT NULL LOOP PERFORM pg_sleep(0.05); END LOOP;
    RETURN value;
  END $$;
  CREATE TABLE held (id int CHECK (public.held('data', id) = id));
  INSERT INTO held VALUES (1);
  CREATE INDEX held_index ON held (public.held('index', id))`;

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
  await stack.query(heldTable, 'uns_claudejp');
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

describe('a recovery whose database server is killed goes on when it is back', () => {
  const unattended: RestoreInput = { ...confirmed, skip: ['freshBackup'] };

  /** How many sessions of the copy wait in a statement. */
  const waiting = (statement: string) =>
    stack.query(`SELECT count(*) FROM pg_stat_activity WHERE datname LIKE '%\\_restoring\\_%' AND query ~ '^${statement}'`);

  const lists = () => path.join(stack.folder, '.kintsugi', 'lists');
  /** What pg_restore was told to do after the first round. */
  const doneAgain = () => readdirSync(lists()).map((file) => readFileSync(path.join(lists(), file), 'utf8'));

  test.each([
    ['the data of a table', 'data', 'COPY public.held', /TABLE DATA public held/],
    ['an object', 'index', 'CREATE INDEX held_index', /INDEX public held_index/],
  ])('while %s is restored: only what was in flight is done again', async (_what, held, statement, inFlight) => {
    await stack.query('DELETE FROM timer_cards', 'uns_claudejp');
    rmSync(lists(), { recursive: true, force: true });
    // It goes when the container stops: what was held goes through the second time.
    await execa('docker', ['exec', stack.database, 'touch', `/dev/shm/${held}`]);
    const recovery = await start(unattended);
    await until('a part is in flight', async () => (await waiting(statement)) === '1');
    const job = await execa('docker', ['ps', '--quiet', '--filter', `label=kintsugi.stack=${stack.project}`]);
    await until('another part is done', async () =>
      /finished item \d+ TABLE DATA employees/.test((await execa('docker', ['logs', job.stdout])).stderr),
    );
    await execa('docker', ['kill', stack.database]);
    await execa('docker', ['start', stack.database]);
    const result = (await recovery.result()) as RestoreResult;
    expect(result.phase).toBe('completedWithSkippedSteps');
    await expectNothingLeft();
    expect(doneAgain().join('')).toMatch(inFlight);
    expect(doneAgain().join('')).not.toMatch(/TABLE DATA public employees/);
    await stack.query(`DROP DATABASE "${result.replaced?.name}"`);
  });

  test('when the restore is done: it is not done again', async () => {
    worker.arm('verifyRestored', 'hold');
    const recovery = await start(unattended);
    await until('the restore is done', () => Promise.resolve(worker.holds('verifyRestored')));
    await execa('docker', ['kill', stack.database]);
    worker.release('verifyRestored');
    await execa('docker', ['start', stack.database]);
    expect(((await recovery.result()) as RestoreResult).phase).toBe('completedWithSkippedSteps');
    await expectNothingLeft();
  });
});
