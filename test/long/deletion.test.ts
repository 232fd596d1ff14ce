import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type {
  Finding,
  Progress,
  RecoverDeletedDataInput,
  RecoverDeletedDataResult,
  TakeBackupResult,
} from '../../src/workflows/contract.ts';
import { TestStack } from '../integration/harness/stack.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { expectUntouched, type State, stateOf } from '../integration/harness/untouched.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';

const confirmed = {
  requestedBy: 'tester',
  confirm: 'uns_claudejp',
  reason: 'test',
  skip: ['freshBackup'],
} satisfies RecoverDeletedDataInput;

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let good: TakeBackupResult;
let content: string;
let running: string[];

const main = 'uns_claudejp';

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'deletion', rows: 2_000, temporalAddress: temporal.address });
  await stack.start();
  worker = new WorkerProcess(stack.plan);
  worker.start();
  running = await stack.running();
  content = await stack.content();
  good = await takeBackup();
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

function takeBackup(): Promise<TakeBackupResult> {
  const taskQueue = `kintsugi-${stack.project}`;
  return temporal.client.workflow.execute('takeBackup', { taskQueue, workflowId: 'backup', args: [{ fingerprints: true }] });
}

const start = (input: object) =>
  temporal.client.workflow.start('recoverDeletedData', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `deletion-${stack.project}`,
    args: [input],
  });

const recover = async (input: RecoverDeletedDataInput = confirmed) =>
  (await (await start(input)).result()) as RecoverDeletedDataResult;

const waits = async (handle: Awaited<ReturnType<typeof start>>) => {
  let progress: Progress | null = null;
  await until('it waits for an approval', async () => {
    progress = await handle.query<Progress>('progress').catch(() => null);
    return progress?.phase === 'waitingForApproval';
  });
  return progress as unknown as Progress;
};

const rowOf = (findings: readonly Finding[], title: RegExp, table: string) =>
  findings.find((finding) => title.test(finding.title))?.rows?.find(([name]) => name === table);

/** Everything is as when the backup was taken, and nothing of the recovery is left but what undo needs. */
async function expectBack(result: RecoverDeletedDataResult): Promise<void> {
  expect(result.phase).toBe('completedWithSkippedSteps');
  expect(result.backup.id).toBe(good.id);
  expect(await stack.content()).toBe(content);
  expect(await stack.running()).toEqual(running);
  expect(await stack.jobs()).toEqual([]);
  expect(await stack.query('SHOW default_transaction_read_only', main)).toBe('off');
  expect((await fetch(stack.health)).status).toBe(200);
  for (const name of await stack.databases()) if (name.includes('_replaced_')) await stack.query(`DROP DATABASE "${name}"`);
}

/** Three rows made and two changed after the backup. */
const writtenAfter = `
  INSERT INTO timer_cards (hakenmoto_id, work_date, clock_in, clock_out)
    SELECT (SELECT min(hakenmoto_id) FROM employees), date '2026-02-02' + n, '09:00', '18:00' FROM generate_series(1, 3) AS n;
  UPDATE timer_cards SET notes = 'changed' WHERE id IN (SELECT id FROM timer_cards ORDER BY work_date, id LIMIT 2)`;

test('rows that were deleted come back from the backup that has them, and what was written since is counted and kept', async () => {
  await stack.query(writtenAfter, main);
  const deleted = await stack.query(
    "WITH gone AS (DELETE FROM timer_cards WHERE work_date BETWEEN '2025-09-01' AND '2025-12-31' RETURNING 1) SELECT count(*) FROM gone",
    main,
  );
  expect(Number(deleted)).toBeGreaterThan(10);
  const after = await stack.content();
  // It was taken too late.
  expect((await takeBackup()).id).not.toBe(good.id);

  const result = await recover();
  const now = 2000 + 3 - Number(deleted);
  expect(rowOf(result.findings, /^What is missing/, 'public.timer_cards')).toEqual([
    'public.timer_cards',
    String(now),
    '2000',
    String(2000 - now),
  ]);
  expect(rowOf(result.findings, /^What was written/, 'public.timer_cards')?.slice(0, 3)).toEqual([
    'public.timer_cards',
    '3',
    '2',
  ]);
  const [, count, command] = rowOf(result.findings, /^The gap/, 'public.timer_cards') ?? [];
  expect(count).toBe('5');
  const kept = result.replaced?.name ?? '';
  await stack.query(`ALTER DATABASE "${kept}" ALLOW_CONNECTIONS true`);
  const query = /-c "(.*)"$/.exec(command ?? '')?.[1]?.replaceAll('\\"', '"') ?? '';
  expect((await stack.query(query, kept)).split('\n')).toHaveLength(5);
  expect(await stack.query('SHOW default_transaction_read_only', kept)).toBe('off');
  expect(result.rpaMs).toBeGreaterThan(0);

  const undone = (await temporal.client.workflow.execute('undoRecovery', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: 'undo',
    args: [{ recovery: result.workflowId, requestedBy: 'tester', confirm: main }],
  })) as Progress;
  expect(undone.phase).toBe('completed');
  expect(await stack.content()).toBe(after);
  await stack.query(`INSERT INTO factories (factory_id, name) VALUES ('F-NEW', 'written after the undo')`, main);
  await expectBack(await recover());
});

test.each([
  ['dropped', 'DROP TABLE timer_cards', 'gone'],
  ['truncated', 'TRUNCATE timer_cards', '0'],
])('a table that was %s comes back', async (_how, disaster, now) => {
  await stack.query(disaster, main);
  const result = await recover();
  expect(rowOf(result.findings, /^What is missing/, 'public.timer_cards')).toEqual(['public.timer_cards', now, '2000', '2000']);
  await expectBack(result);
});

test('a database that was dropped comes back', async () => {
  await stack.dropDatabase();
  const result = await recover({ ...confirmed, backup: good.id });
  expect(result.replaced).toBeNull();
  expect(await stack.content()).toBe(content);
  expect(await stack.running()).toEqual(running);
});

describe('while it waits for the decision', () => {
  let before: State;
  beforeAll(async () => {
    await stack.query('DELETE FROM timer_cards WHERE id % 2 = 0', main);
    before = await stateOf(stack);
  });

  const restore = () =>
    temporal.client.workflow.execute('restoreDatabase', {
      taskQueue: `kintsugi-${stack.project}`,
      workflowId: `restore-${stack.project}`,
      args: [confirmed],
    });

  test('nobody writes, it says what would be lost, and no other recovery begins; refused, all is as before', async () => {
    const recovery = await start({});
    const { message } = await waits(recovery);
    expect(message).toMatch(/Missing now: public\.timer_cards 1000 of 2000 rows\..*No row says that it was written since/);
    expect(message).toContain(good.id);
    expect(await stack.running()).not.toEqual(running);
    await expect(stack.query('DELETE FROM timer_cards', main)).rejects.toThrow(/read-only transaction/);
    expect(fromFailure(await restore().catch((error: unknown) => error))).toMatchObject({
      code: 'ALREADY_RUNNING',
      message: expect.stringContaining(`deletion-${stack.project}`),
    });
    await recovery.executeUpdate('refuse', { args: [{ by: 'Sato', reason: 'we enter it by hand' }] });
    expect(fromFailure(await recovery.result().catch((error: unknown) => error)).code).toBe('REFUSED');
    await expectUntouched(stack, before);
    await stack.query('UPDATE timer_cards SET id = id WHERE false', main);
  });

  test('a cancellation lets writes go on', async () => {
    const recovery = await start({});
    await waits(recovery);
    await recovery.cancel();
    await expect(recovery.result()).rejects.toThrow();
    await expectUntouched(stack, before);
  });

  test('what a termination leaves is mended by the next recovery', async () => {
    const recovery = await start({});
    await waits(recovery);
    await recovery.terminate('a test');
    await expectBack(await recover());
  });
});

describe('a worker that is killed costs nothing', () => {
  test.each([
    ['holdWrites', 'after'],
    ['stopServices', 'during'],
    ['findDeleted', 'after'],
    ['fence', 'after'],
    ['restoreBeside', 'during'],
  ] as const)('in %s (%s)', async (activity, when) => {
    await stack.query('DELETE FROM timer_cards WHERE id % 2 = 0', main);
    worker.arm(activity, when);
    const ended = recover();
    let done = false;
    const end = () => {
      done = true;
    };
    ended.then(end, end);
    await until('the worker died', () => Promise.resolve(worker.ended || done));
    if (worker.ended) worker.start();
    await expectBack(await ended);
  });
});

describe('bad input is refused and nothing is stopped:', () => {
  test.each([
    ['an instant without an offset', { before: '2026-11-24T14:30:00' }, 'INVALID_INPUT', /before: an instant with its offset/],
    [
      'an instant that has not come',
      { before: '2999-01-01T00:00:00Z' },
      'INVALID_INPUT',
      /before: 2999-01-01T00:00:00Z has not come/,
    ],
    [
      'an instant before the oldest backup',
      { before: '2020-01-01T00:00:00+09:00' },
      'BACKUP_MISSING',
      /before: there is no backup of 2020/,
    ],
    ['no table that has lost rows', {}, 'BACKUP_MISSING', /no backup has more rows of any table than there are now/],
    ['a field that is not known', { untill: 1 }, 'INVALID_INPUT', /untill/],
  ] as const)('%s', async (_what, input, code, says) => {
    const before = await stateOf(stack);
    const error = fromFailure(await recover(input as RecoverDeletedDataInput).catch((thrown: unknown) => thrown));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(says);
    await expectUntouched(stack, before);
  });
});

test('planning shows each step and stops nothing', async () => {
  await stack.query('DELETE FROM timer_cards WHERE id % 2 = 0', main);
  const before = await stateOf(stack);
  const planned = (await temporal.client.workflow.execute('recoverDeletedData', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: 'planned',
    args: [{ mode: 'plan' }],
  })) as RecoverDeletedDataResult;
  expect(planned.steps.find(({ name }) => name === 'stopWrites')?.note).toMatch(
    /^would stop .*read-only, at once and before it asks$/,
  );
  expect(rowOf(planned.findings, /^What is missing/, 'public.timer_cards')?.[3]).toBe('1000');
  await expectUntouched(stack, before);
});
