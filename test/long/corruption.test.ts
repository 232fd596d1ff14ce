import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type {
  Finding,
  Progress,
  RecoverFromCorruptionInput,
  RecoverFromCorruptionResult,
  TakeBackupResult,
} from '../../src/workflows/contract.ts';
import { cards, cutOff, damage, fileOf, overwritePage, zeroPage } from '../integration/harness/pages.ts';
import { TestStack } from '../integration/harness/stack.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { expectUntouched, stateOf } from '../integration/harness/untouched.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';

const main = 'uns_claudejp';
const confirmed = {
  requestedBy: 'tester',
  confirm: main,
  reason: 'test',
  skip: ['freshBackup'],
} satisfies RecoverFromCorruptionInput;

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let backup: TakeBackupResult;
let atBackup: Awaited<ReturnType<typeof cards>>;
let running: string[];

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'corruption', rows: 2_000, temporalAddress: temporal.address });
  await stack.start();
  worker = new WorkerProcess(stack.plan);
  worker.start();
  running = await stack.running();
  atBackup = await cards(stack);
  backup = await temporal.client.workflow.execute('takeBackup', {
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

const start = (input: object) =>
  temporal.client.workflow.start('recoverFromCorruption', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `corruption-${stack.project}`,
    args: [input],
  });

const recover = async (input: RecoverFromCorruptionInput = confirmed) =>
  (await (await start(input)).result()) as RecoverFromCorruptionResult;

const finding = (findings: readonly Finding[], title: RegExp) => findings.find((each) => title.test(each.title));
const rowOf = (findings: readonly Finding[], title: RegExp, object: RegExp) =>
  finding(findings, title)?.rows?.find(([name]) => object.test(name ?? ''));
const lines = (rows: Awaited<ReturnType<typeof cards>>) => [...rows].map(([, { line }]) => line);

/** Nothing of the recovery is left but what undo needs; that goes, so that the next test finds what it expects. */
async function expectBack(result: RecoverFromCorruptionResult): Promise<void> {
  expect(result.remedy).toBe('restore');
  expect(result.backup?.id).toBe(backup.id);
  expect(await stack.running()).toEqual(running);
  expect(await stack.jobs()).toEqual([]);
  expect(await stack.query('SHOW default_transaction_read_only', main)).toBe('off');
  expect((await fetch(stack.health)).status).toBe(200);
  expect((await recover({ mode: 'plan' })).remedy).toBe('none');
  await stack.query(`DROP DATABASE "${result.replaced?.name}"`);
}

test('where nothing is corrupt, it says so and touches nothing', async () => {
  const before = await stateOf(stack);
  const result = await recover({});
  expect(result).toMatchObject({ remedy: 'none', phase: 'completed' });
  expect(finding(result.findings, /^Nothing is corrupt/)?.text).toMatch(
    /^\d+ tables, \d+ indexes and \d+ constraints were looked at/,
  );
  expect(await stack.query("SELECT count(*) FROM pg_extension WHERE extname IN ('amcheck', 'pageinspect')", main)).toBe('0');
  await expectUntouched(stack, before);
});

test('a broken index, and a catalog’s, are built anew while the application works', async () => {
  const before = await stateOf(stack);
  const index = await fileOf(stack, 'idx_timer_cards_work_date');
  const catalog = await fileOf(stack, 'pg_description_o_c_o_index');
  await damage(stack, overwritePage(index, 1), overwritePage(catalog, 1));
  const planned = await recover({ mode: 'plan' });
  expect(planned.remedy).toBe('repair');
  expect(rowOf(planned.findings, /^To be repaired/, /idx_timer_cards_work_date/)?.[1]).toBe('index only');
  const result = await recover();
  expect(result).toMatchObject({ remedy: 'repair', phase: 'completed' });
  expect(finding(result.findings, /^All well after/)).toBeDefined();
  await expectUntouched(stack, before);
});

test('rows around a broken page are salvaged: what is lost is the backup’s, or named', async () => {
  await stack.query(
    `INSERT INTO factories (factory_id, name) VALUES ('F-NEW', 'after the backup');
     UPDATE timer_cards SET notes = 'after the backup' WHERE id IN (SELECT id FROM timer_cards WHERE (ctid::text::point)[0] IN (1, 7) ORDER BY id LIMIT 9);
     DELETE FROM users WHERE id = (SELECT max(id) FROM users WHERE NOT EXISTS (SELECT FROM timer_cards WHERE approved_by = users.id));
     INSERT INTO timer_cards (hakenmoto_id, work_date, clock_in, clock_out)
       SELECT (SELECT min(hakenmoto_id) FROM employees), date '2026-02-02' + n, '09:00', '18:00' FROM generate_series(1, 90) AS n`,
    main,
  );
  const live = await cards(stack);
  const last = Math.max(...[...live.values()].map(({ block }) => block));
  const bad = new Set([3, last]);
  const users = await stack.query('SELECT count(*) FROM users', main);
  const expected = new Map([...live].filter(([, { block }]) => !bad.has(block)));
  const lost = [...live].filter(([id, { block }]) => bad.has(block) && !atBackup.has(id));
  expect(lost.length).toBeGreaterThan(0);
  for (const [id, row] of atBackup) if (!expected.has(id)) expected.set(id, row);
  const file = await fileOf(stack, 'timer_cards');
  await damage(stack, overwritePage(file, 3), overwritePage(file, last));

  const result = await recover();
  expect(new Set(lines(await cards(stack)))).toEqual(new Set(lines(expected)));
  expect(await stack.query('SELECT count(*) FROM users', main)).toBe(users);
  expect(await stack.query("SELECT name FROM factories WHERE factory_id = 'F-NEW'", main)).toBe('after the backup');
  expect(result.phase).toBe('completedWithSkippedSteps');
  const row = rowOf(result.findings, /^What became of the damaged/, /^public.timer_cards$/) ?? [];
  expect(row.slice(2, 3)).toEqual([String([...expected.keys()].filter((id) => !atBackup.has(id)).length)]);
  expect(Number(row[5])).toBeGreaterThanOrEqual(lost.length);
  const onPage3 = [...live].filter(([, { block }]) => block === 3).map(([id]) => id);
  expect(finding(result.findings, /^Rows of public.timer_cards that are as in/)?.text).toContain(onPage3[0]);
  // What is written next must not meet a number that is taken.
  await stack.query(
    "INSERT INTO timer_cards (hakenmoto_id, work_date) SELECT min(hakenmoto_id), '2026-06-01' FROM employees",
    main,
  );
  await expectBack(result);
  await reset();
});

/** The database of the backup again, so that a test begins with what it knows. */
async function reset(): Promise<void> {
  const restored = (await temporal.client.workflow.execute('restoreDatabase', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `restore-${stack.project}`,
    args: [confirmed],
  })) as RecoverFromCorruptionResult;
  await stack.query(`DROP DATABASE "${restored.replaced?.name}"`);
}

test.each([
  ['is gone', (file: string) => ['rm', file], 'file missing'],
  ['was cut off', (file: string) => cutOff(file, 9), 'partly readable'],
  ['has a page of zeros', (file: string) => zeroPage(file, 4), 'partly readable'],
] as const)('a table whose file %s is brought back, and what was written to others stays', async (_what, command, verdict) => {
  await stack.query("INSERT INTO factories (factory_id, name) VALUES ('F-NEW', 'after the backup')", main);
  await damage(stack, command(await fileOf(stack, 'timer_cards')));
  const result = await recover();
  expect(rowOf(result.findings, /^To be restored/, /^public.timer_cards$/)?.[1]).toBe(verdict);
  expect(lines(await cards(stack))).toEqual(lines(atBackup));
  expect(await stack.query("SELECT name FROM factories WHERE factory_id = 'F-NEW'", main)).toBe('after the backup');
  await stack.query("DELETE FROM factories WHERE factory_id = 'F-NEW'", main);
  await expectBack(result);
});

test('a catalog that is broken is no obstacle: it is restored, though nothing can be read', async () => {
  const content = await stack.content();
  const [attributes, classes] = [await fileOf(stack, 'pg_attribute'), await fileOf(stack, 'pg_class')];
  const folder = classes.replace(/\/[^/]*$/, '');
  // The cache of the catalogs would let sessions in for a while.
  await damage(stack, overwritePage(classes, 0), overwritePage(attributes, 0), ['rm', '--force', `${folder}/pg_internal.init`]);
  const result = await recover();
  expect(await stack.content()).toBe(content);
  expect(finding(result.findings, /^Nothing was salvaged/)).toBeDefined();
  await expectBack(result);
});

describe('a worker that is killed costs nothing', () => {
  test.each([
    ['examineDatabase', 'during'],
    ['salvageDatabase', 'after'],
    ['restoreBeside', 'during'],
    ['mergeSalvage', 'after'],
  ] as const)('in %s (%s)', async (activity, when) => {
    await stack.query("UPDATE timer_cards SET notes = 'after the backup' WHERE (ctid::text::point)[0] < 2", main);
    const before = lines(await cards(stack));
    await damage(stack, zeroPage(await fileOf(stack, 'timer_cards'), 4));
    const result = await withKill(activity, when);
    expect(lines(await cards(stack))).toEqual(before);
    await expectBack(result);
  });

  test('in repairInPlace (during)', async () => {
    const before = await stateOf(stack);
    await damage(stack, overwritePage(await fileOf(stack, 'uq_timer_cards_hakenmoto_work_date'), 1));
    expect(await withKill('repairInPlace', 'during')).toMatchObject({ remedy: 'repair', phase: 'completed' });
    await expectUntouched(stack, before);
    expect(await stack.query('SELECT count(*) FROM pg_index WHERE NOT indisvalid', main)).toBe('0');
  });

  async function withKill(activity: string, when: 'during' | 'after'): Promise<RecoverFromCorruptionResult> {
    worker.arm(activity, when);
    const ended = recover();
    let done = false;
    const end = () => {
      done = true;
    };
    ended.then(end, end);
    await until('the worker died', () => Promise.resolve(worker.ended || done));
    if (worker.ended) worker.start();
    return ended;
  }
});

test('before a person has said yes nothing is touched, no second one begins, and a no leaves all as it was', async () => {
  await stack.query('CREATE TABLE broken (id int PRIMARY KEY); INSERT INTO broken SELECT generate_series(1, 999)', main);
  await damage(stack, overwritePage(await fileOf(stack, 'broken'), 1));
  const before = await stateOf(stack);
  const recovery = await start({});
  await until(
    'it waits',
    async () => (await recovery.query<Progress>('progress').catch(() => null))?.phase === 'waitingForApproval',
  );
  expect((await recovery.query<Progress>('progress')).message).toMatch(/^Not well: public\.broken \(partly readable: .*salvaged/);
  await expectUntouched(stack, before);
  const second = temporal.client.workflow.execute('recoverDeletedData', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: 'second',
    args: [{}],
  });
  expect(fromFailure(await second.catch((error: unknown) => error)).code).toBe('ALREADY_RUNNING');
  await recovery.executeUpdate('refuse', { args: [{ by: 'Sato', reason: 'not now' }] });
  expect(fromFailure(await recovery.result().catch((error: unknown) => error)).code).toBe('REFUSED');
  await expectUntouched(stack, before);
  // Confirmed was another remedy: it asks.
  const worse = await start({ ...confirmed, shown: 'repair' });
  await until(
    'it waits',
    async () => (await worse.query<Progress>('progress').catch(() => null))?.phase === 'waitingForApproval',
  );
  await worse.cancel();
  await expect(worse.result()).rejects.toThrow();
  await expectUntouched(stack, before);
  await stack.query('DROP TABLE broken', main);
});

test('what a changed collation let into a unique index is put into the quarantine, after a person said yes', async () => {
  // As a new version of the C library does it: the same name, another order, and the index is as it was.
  await stack.query(
    `CREATE COLLATION ours (provider = libc, locale = 'C');
     CREATE TABLE codes (id serial PRIMARY KEY, code text COLLATE ours UNIQUE);
     INSERT INTO codes (code) SELECT CASE WHEN n % 2 = 0 THEN upper(md5(n::text)) ELSE md5(n::text) END FROM generate_series(1, 3000) AS n;
     UPDATE pg_collation SET collcollate = 'en_US.utf8', collctype = 'en_US.utf8' WHERE collname = 'ours'`,
    main,
  );
  await damage(stack);
  await stack.query('INSERT INTO codes (code) SELECT code FROM codes ORDER BY id LIMIT 3000 ON CONFLICT DO NOTHING', main);
  const admitted = Number(await stack.query('SELECT count(*) - 3000 FROM codes', main));
  expect(admitted).toBeGreaterThan(10);
  stack.changePlan((plan) => {
    plan.approvals = { ...plan.approvals, P1: 'none' };
  });
  const recovery = await start({});
  await until(
    'it waits, though the plan asks for no approval',
    async () => (await recovery.query<Progress>('progress').catch(() => null))?.phase === 'waitingForApproval',
  );
  expect(await stack.query('SELECT count(*) FROM codes', main)).toBe(String(3000 + admitted));
  await recovery.executeUpdate('approve', { args: [{ by: 'Sato', reason: 'they are the same' }] });
  const result = (await recovery.result()) as RecoverFromCorruptionResult;
  expect(result.remedy).toBe('repair');
  expect(rowOf(result.findings, /^To be repaired/, /codes_code_key/)?.[1]).toBe('duplicates');
  expect(await stack.query('SELECT count(*), count(DISTINCT code), max(id) FROM codes', main)).toBe('3000|3000|3000');
  const kept = /SELECT \* FROM (.*?)\. They/.exec(finding(result.findings, /in the quarantine/)?.text ?? '')?.[1] ?? '';
  expect(await stack.query(`SELECT count(*), count(DISTINCT code) FROM ${kept}`, main)).toBe(`${admitted}|${admitted}`);
  await expect(stack.query('INSERT INTO codes (code) SELECT code FROM codes WHERE id = 1', main)).rejects.toThrow(
    /duplicate key/,
  );
  expect(finding(result.findings, /^All well after/)).toBeDefined();
});

test.each([
  ['remedy: drop everything', { remedy: 'drop' }, /remedy/],
  ['an unknown field', { tables: ['timer_cards'] }, /tables/],
])('%s is refused', async (_what, input, says) => {
  const error = fromFailure(await recover(input as RecoverFromCorruptionInput).catch((thrown: unknown) => thrown));
  expect(error.code).toBe('INVALID_INPUT');
  expect(error.message).toMatch(says);
});
