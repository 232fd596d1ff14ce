import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { resolveBinary } from 'dbmate';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type { ChoiceInput, MigrationInput, MigrationRecovered, ProcedureResult, Progress } from '../../src/workflows/contract.ts';
import { Deployment } from '../integration/harness/deployment.ts';
import { kintsugi } from '../integration/harness/kintsugi.ts';
import { TestStack } from '../integration/harness/stack.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';

const confirmed = { requestedBy: 'tester', confirm: 'uns_claudejp', reason: 'test' } satisfies MigrationInput;
type Result = ProcedureResult & MigrationRecovered;

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let app: Deployment;

const start = (input: MigrationInput = {}, id = 'migration') =>
  temporal.client.workflow.start('recoverFailedMigration', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `${id}-${stack.project}`,
    args: [{ ...confirmed, ...input }],
  });
const database = (sql: string) => stack.query(sql, 'uns_claudejp');
const revision = () => database('SELECT version_num FROM alembic_version ORDER BY 1');
const progressOf = (run: WorkflowHandle) => run.query<Progress>('progress');
const versions = 'alembic/versions';

/** Waits for the request for a choice. @param after what was asked before, which must not be taken for the new one. */
async function asked(run: WorkflowHandle, after = ''): Promise<string> {
  let text = '';
  let over = false;
  run.result().then(
    () => {
      over = true;
    },
    () => {
      over = true;
    },
  );
  await until('it asks for a choice', async () => {
    const { choices, message = '' } = await progressOf(run).catch((): Partial<Progress> => ({}));
    text = message;
    return over || (choices !== undefined && message !== after);
  });
  expect(over, text).toBe(false);
  return text;
}

const choose = (run: WorkflowHandle, choice: string, more: Partial<ChoiceInput> = {}) =>
  run.executeUpdate<string, [ChoiceInput]>('proceed', { args: [{ choice, by: 'tester', reason: 'test', ...more }] });
const ended = async (run: WorkflowHandle) => (await run.result()) as Result;
const failureOf = async (run: WorkflowHandle) => fromFailure(await run.result().catch((thrown: unknown) => thrown));
const stepOf = (result: Progress, name: string) => result.steps.find((step) => step.name === name);

/** The application answers, no job is left, and the revision is what it should be. */
async function expectHealthy(at: string): Promise<void> {
  expect(await revision()).toBe(at);
  expect((await fetch(stack.health)).status).toBe(200);
  expect(await stack.jobs()).toEqual([]);
}

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'migration', rows: 200, temporalAddress: temporal.address });
  app = new Deployment(stack);
  await stack.start({ beforeBuild: () => app.ownImages() });
  await app.repository();
  worker = await WorkerProcess.serving(stack, temporal);
  expect((await kintsugi(stack.plan, 'backup', 'take')).status).toBe(0);
  expect((await kintsugi(stack.plan, 'deploys', 'record')).status).toBe(0);
});

afterAll(async () => {
  await worker.stop();
  await app.removeImages();
  await stack.remove();
  await temporal.teardown();
});

test('nothing is wrong: it says so and changes nothing', async () => {
  const result = await ended(await start());
  expect(result.choice).toBeNull();
  expect(stepOf(result, 'backup')?.note).toBe('nothing to do: the schema is sound');
  await expectHealthy('0005_indexes');
});

test('a migration that fails in its transaction: which and why is told, a fix is waited for, and it goes up', async () => {
  const file = `${versions}/0006_shift_note.py`;
  await app.commit('drops what is not there', {
    [file]: app.revision(
      '0006_shift_note',
      '0005_indexes',
      ['ALTER TABLE users ADD COLUMN note text', 'ALTER TABLE timer_cards DROP COLUMN employee_id'],
      'ALTER TABLE users DROP COLUMN note',
    ),
  });
  await app.deploy();
  expect(await revision()).toBe('0005_indexes');

  const before = await stack.content();
  const planned = await kintsugi(stack.plan, 'recover', 'migration', '--dry-run');
  expect(planned.stdout).toMatch(/0006_shift_note: .*column "employee_id" of relation "timer_cards" does\s+not exist/);
  expect(planned.stdout).toContain('Nothing was stopped or changed.');
  expect(await stack.content()).toBe(before);

  const run = await start();
  const text = await asked(run);
  expect(text).toMatch(/0006_shift_note: .*column "employee_id"/);
  expect((await progressOf(run)).choices).toEqual(['retry', 'rollBackCode', 'restore', 'stay']);
  await expect(choose(run, 'whatever')).rejects.toThrow();
  const second = await start({}, 'second');
  expect((await failureOf(second)).code).toBe('ALREADY_RUNNING');

  await choose(run, 'retry');
  const again = await asked(run, text);
  expect(again).toMatch(/retry\*\* did not work: Migration 0006_shift_note failed/);
  await app.commit('fixed', {
    [file]: app.revision(
      '0006_shift_note',
      '0005_indexes',
      'ALTER TABLE users ADD COLUMN note text',
      'ALTER TABLE users DROP COLUMN note',
    ),
  });
  await app.build();
  const answer = await kintsugi(stack.plan, 'proceed', 'retry', run.workflowId, '--by', 'tester', '--reason', 'fixed');
  expect(answer.status).toBe(0);
  const result = await ended(run);
  expect(result).toMatchObject({ choice: 'retry', revision: ['0006_shift_note'] });
  expect(stepOf(result, 'recordDeploy')?.note).toMatch(/0006_shift_note/);
  expect(await app.imageOf('backend')).toBe(await app.imageNamed());
  await expectHealthy('0006_shift_note');
});

test('one of two went through: down to the last good revision, and no further', async () => {
  await app.commit('two, the second fails', {
    [`${versions}/0007_ok.py`]: app.revision(
      '0007_ok',
      '0006_shift_note',
      'ALTER TABLE users ADD COLUMN seventh text',
      'ALTER TABLE users DROP COLUMN seventh',
    ),
    [`${versions}/0008_bad.py`]: app.revision(
      '0008_bad',
      '0007_ok',
      'CREATE TRIGGER update_timer_card_timestamp BEFORE UPDATE ON timer_cards EXECUTE FUNCTION no_such()',
      'SELECT 1',
    ),
  });
  await app.deploy();
  expect(await revision()).toBe('0007_ok');
  const run = await start();
  expect(await asked(run)).toMatch(/taken down from 0007_ok.*|0008_bad/);
  expect(await revision()).toBe('0006_shift_note');
  await choose(run, 'stay');
  const result = await ended(run);
  // The deployment has stopped the backend: the result says that the application does not answer.
  expect(result).toMatchObject({
    choice: 'stay',
    revision: ['0006_shift_note'],
    phase: 'completedWithSkippedSteps',
    skipped: ['health'],
  });
  await app.git('reset', '--quiet', '--hard', 'HEAD~1');
  await app.deploy();
  await until('the application answers', async () => (await fetch(stack.health).catch(() => null))?.status === 200);
});

test('what was done outside of a transaction: the invalid index is dropped, the new value of a type is told', async () => {
  const file = `${versions}/0007_outside.py`;
  const broken = [
    "outside: ALTER TYPE shift_type ADD VALUE IF NOT EXISTS 'new'",
    'outside: CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS one_factory ON employees (status)',
  ];
  await app.commit('outside', { [file]: app.revision('0007_outside', '0006_shift_note', broken, 'SELECT 1') });
  await kintsugi(stack.plan, 'backup', 'take');
  await database('ALTER TABLE employees ADD COLUMN IF NOT EXISTS status int DEFAULT 1');
  await kintsugi(stack.plan, 'backup', 'take');
  await app.deploy();
  const invalid = "SELECT count(*) FROM pg_index WHERE NOT indisvalid AND indexrelid::regclass::text = 'one_factory'";
  expect(await database(invalid)).toBe('1');
  const run = await start();
  const text = await asked(run);
  expect(text).toMatch(/changed: TYPE public\.shift_type/);
  expect(text).toMatch(/Dropped, so that the migration can make them anew: one_factory/);
  expect(await database("SELECT to_regclass('one_factory') IS NULL")).toBe('t');
  await app.commit('fixed', {
    [file]: app.revision('0007_outside', '0006_shift_note', [broken[0] ?? '', 'SELECT 1'], 'SELECT 1'),
  });
  await app.build();
  await choose(run, 'retry');
  const result = await ended(run);
  expect(result.findings.map(({ title }) => title)).toEqual(
    expect.arrayContaining(['Indexes that were left invalid', 'Half done: what the schema had besides its revision']),
  );
  await expectHealthy('0007_outside');
});

describe('an upgrade that cannot be done yet', () => {
  let holder: { kill(): boolean } | undefined;
  afterAll(() => holder?.kill());

  test('a session holds a lock: it is named, the migration gives up, and goes through when the session has ended', async () => {
    await app.commit('locks', {
      [`${versions}/0008_lock.py`]: app.revision(
        '0008_lock',
        '0007_outside',
        'ALTER TABLE users ADD COLUMN eighth text',
        'ALTER TABLE users DROP COLUMN eighth',
      ),
    });
    await app.build();
    const hold = 'BEGIN; LOCK TABLE users IN ACCESS SHARE MODE; SELECT pg_sleep(600)';
    holder = execa(
      'docker',
      ['exec', '-e', 'PGAPPNAME=forgotten', stack.database, 'psql', '-U', 'uns_admin', '-d', 'uns_claudejp', '-c', hold],
      { reject: false },
    );
    await until(
      'the lock is held',
      async () =>
        (await database("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'forgotten' AND query ~ 'pg_sleep'")) !==
        '0',
    );
    const run = await start();
    const text = await asked(run);
    await choose(run, 'retry');
    expect(await asked(run, text)).toMatch(
      /0008_lock did not get a lock: process \d+ \(uns_admin, forgotten, .*LOCK TABLE users.* holds it/,
    );
    await database("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'forgotten'");
    await choose(run, 'retry');
    expect(await ended(run)).toMatchObject({ choice: 'retry', revision: ['0008_lock'] });
    await expectHealthy('0008_lock');
  });

  test('two heads: they are named, and a merge is asked for', async () => {
    await app.commit('two heads', {
      [`${versions}/0009_left.py`]: app.revision(
        '0009_left',
        '0008_lock',
        'ALTER TABLE users ADD COLUMN l text',
        'ALTER TABLE users DROP COLUMN l',
      ),
      [`${versions}/0009_right.py`]: app.revision(
        '0009_right',
        '0008_lock',
        'ALTER TABLE users ADD COLUMN r text',
        'ALTER TABLE users DROP COLUMN r',
      ),
    });
    await app.deploy();
    const run = await start();
    const text = await asked(run);
    expect(text).toMatch(/2 heads, 0009_(left and 0009_right|right and 0009_left); they need a merge revision/);
    await choose(run, 'retry');
    expect(await asked(run, text)).toMatch(/cannot be tried again: there are 2 heads/);
    await app.commit('merged', {
      [`${versions}/0010_merge.py`]: app.revision('0010_merge', ['0009_left', '0009_right'], 'SELECT 1', 'SELECT 1'),
    });
    await app.build();
    await choose(run, 'retry');
    expect(await ended(run)).toMatchObject({ choice: 'retry', revision: ['0010_merge'] });
    await expectHealthy('0010_merge');
  });

  test('the file of the database’s revision is missing: it is named, and the code that has it comes back', async () => {
    const good = await app.git('rev-parse', 'HEAD');
    await kintsugi(stack.plan, 'deploys', 'record', '--commit', good);
    await app.commit('lost', { [`${versions}/0010_merge.py`]: null });
    await app.deploy();
    const run = await start();
    expect(await asked(run)).toMatch(/at 0010_merge, whose file is missing from the image/);
    await choose(run, 'rollBackCode', { to: good });
    expect(await ended(run)).toMatchObject({ choice: 'rollBackCode', revision: ['0010_merge'] });
    expect(await app.labelOf('backend')).toBe(good);
    await expectHealthy('0010_merge');
    await app.git('reset', '--quiet', '--hard', good);
    await app.deploy();
  });
});

test('there is no way down: that is told, and a restore brings the last good revision back', async () => {
  const before = await revision();
  await kintsugi(stack.plan, 'backup', 'take');
  await app.commit('no way back', {
    [`${versions}/0011_oneway.py`]: app.revision(
      '0011_oneway',
      before,
      'ALTER TABLE timer_cards DROP COLUMN notes',
      'python: raise NotImplementedError("one way")',
    ),
    [`${versions}/0012_bad.py`]: app.revision('0012_bad', '0011_oneway', 'SELECT no_such_column', 'SELECT 1'),
  });
  await app.deploy();
  expect(await revision()).toBe('0011_oneway');
  const run = await start();
  const text = await asked(run);
  expect(text).toContain(`no way down to ${before}: `);
  expect(text).toContain('NotImplementedError');
  await choose(run, 'restore');
  const result = await ended(run);
  expect(result).toMatchObject({ choice: 'restore', revision: [before] });
  expect(
    await database("SELECT count(*) FROM information_schema.columns WHERE table_name = 'timer_cards' AND column_name = 'notes'"),
  ).toBe('1');
  await expectHealthy(before);
  await app.git('reset', '--quiet', '--hard', 'HEAD~1');
});

test.each([
  ['upgradeSchema', 'during'],
  ['upgradeSchema', 'after'],
  ['bringUp', 'after'],
] as const)('a worker that is killed in %s (%s) ends as if nothing had been', async (activity, when) => {
  const [before, id] = [await revision(), `9${activity}_${when}`.toLowerCase()];
  await app.commit(id, {
    [`${versions}/${id}.py`]: app.revision(
      id,
      before,
      `CREATE TABLE "${id}" AS SELECT 1 AS one FROM pg_sleep(1)`,
      `DROP TABLE "${id}"`,
    ),
  });
  await app.build();
  const run = await start();
  await asked(run);
  worker.arm(activity, when);
  await choose(run, 'retry');
  let over = false;
  const end = ended(run).finally(() => {
    over = true;
  });
  await until('the worker died', async () => worker.ended || over);
  if (worker.ended) worker.start();
  expect(await end).toMatchObject({ choice: 'retry', revision: [id] });
  await expectHealthy(id);
});

test('a worker that is killed while the schema goes down goes on, and a cancellation leaves what ran running', async () => {
  const before = await revision();
  await app.commit('down', {
    [`${versions}/a1.py`]: app.revision('a1', before, 'CREATE TABLE a1 ()', ['SELECT pg_sleep(1)', 'DROP TABLE a1']),
    [`${versions}/a2.py`]: app.revision('a2', 'a1', 'SELECT no_such', 'SELECT 1'),
  });
  await app.deploy();
  expect(await revision()).toBe('a1');
  // The deployment itself leaves the backend stopped, since it waits for a migration that failed.
  const running = await stack.running();
  worker.arm('downgradeSchema', 'during');
  const run = await start();
  await until('the worker died', async () => worker.ended);
  worker.start();
  await asked(run);
  expect(await revision()).toBe(before);
  await run.cancel();
  const error = await failureOf(run);
  expect(error.code).toBe('CANCELLED');
  expect((await progressOf(run)).message).toMatch(/The schema is at .*How it was before is in backup \d{8}T/);
  expect(await stack.running()).toEqual(running);
  await app.git('reset', '--quiet', '--hard', 'HEAD~1');
  await app.deploy();
  await until('the application answers', async () => (await fetch(stack.health).catch(() => null))?.status === 200);
  await expectHealthy(before);
});

test('another tool, by its command lines: dbmate goes up, and down step by step', async () => {
  app.addDbmate(resolveBinary());
  await stack.query('CREATE DATABASE other');
  const input = { database: 'other', confirm: 'other' };
  app.migration('20260101_one.sql', 'CREATE TABLE one (id int)', 'DROP TABLE one');
  app.migration('20260102_two.sql', 'CREATE TABLE two (id int)', 'DROP TABLE two');
  app.migration('20260103_three.sql', 'SELECT no_such', 'SELECT 1');
  const applied = () => stack.query('SELECT string_agg(version, $$ $$ ORDER BY version) FROM schema_migrations', 'other');
  const run = await start({ ...input, to: ['20260101'] });
  const text = await asked(run);
  await choose(run, 'retry');
  expect(await asked(run, text)).toMatch(/20260103 failed: Error: .*pq: column "no_such" does not exist/);
  expect(await applied()).toBe('20260101');
  app.migration('20260103_three.sql', 'CREATE TABLE three (id int)', 'DROP TABLE three');
  await choose(run, 'retry');
  expect(await ended(run)).toMatchObject({ choice: 'retry', revision: ['20260103'] });
  expect(await applied()).toBe('20260101 20260102 20260103');
  expect(readdirSync(path.join(stack.folder, '.kintsugi', 'deploys')).length).toBeGreaterThan(0);
});
