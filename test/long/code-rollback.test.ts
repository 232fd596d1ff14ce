import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type { ProcedureResult, RollBackInput, RolledBack } from '../../src/workflows/contract.ts';
import { Deployment } from '../integration/harness/deployment.ts';
import { kintsugi } from '../integration/harness/kintsugi.ts';
import { TestStack } from '../integration/harness/stack.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';

const confirmed = { requestedBy: 'tester', confirm: 'uns_claudejp', reason: 'test' } satisfies RollBackInput;

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let app: Deployment;
let good: string;
let running: string[];
let content: string;

const start = (type: string, input: object, id = 'code') =>
  temporal.client.workflow.start(type, {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `${id}-${stack.project}`,
    args: [input],
  });
const rollBack = async (input: RollBackInput = {}) =>
  (await (await start('rollBackCode', { ...confirmed, ...input })).result()) as ProcedureResult & RolledBack;
const failureOf = async (run: WorkflowHandle) => fromFailure(await run.result().catch((thrown: unknown) => thrown));

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'code', rows: 200, temporalAddress: temporal.address });
  app = new Deployment(stack);
  await stack.start({ beforeBuild: () => app.ownImages(2) });
  good = await app.repository();
  worker = await WorkerProcess.serving(stack, temporal);
  const recorded = await kintsugi(stack.plan, 'deploys', 'record', '--by', 'tester');
  expect(recorded.stdout).toContain(good.slice(0, 12));
  running = await stack.running();
  content = await stack.content();
});

afterAll(async () => {
  await worker.stop();
  await app.removeImages();
  await stack.remove();
  await temporal.teardown();
});

/** What must be so after every end: who runs, every row, no worktree, no job, the checkout as the person left it. */
async function expectWhole(rows = content): Promise<void> {
  expect(await stack.running()).toEqual(running);
  expect(await stack.content()).toBe(rows);
  expect(await stack.jobs()).toEqual([]);
  expect(await app.git('worktree', 'list', '--porcelain')).not.toMatch(/worktrees/);
  expect(
    readdirSync(path.join(stack.folder, '.kintsugi')).includes('worktrees')
      ? readdirSync(path.join(stack.folder, '.kintsugi', 'worktrees'))
      : [],
  ).toEqual([]);
}

test('bad code that is never healthy goes, the last good code comes, local changes stay, and undo brings the bad code back', async () => {
  await app.commit('serve nothing', { 'app/main.py': 'raise SystemExit("a bad deployment")\n' });
  await app.deploy();
  const bad = await app.imageOf('backend');
  const edited = path.join(stack.folder, 'backend', 'app', 'main.py');
  writeFileSync(edited, `${readFileSync(edited, 'utf8')}# being looked at\n`);
  const before = await app.git('status', '--porcelain');

  const planned = await kintsugi(stack.plan, 'recover', 'code', '--dry-run');
  expect(planned.stdout).toContain(good.slice(0, 12));
  expect(planned.stdout).toContain('Nothing was stopped or changed.');
  expect(await app.imageOf('backend')).toBe(bad);

  const result = await rollBack();
  expect(result.phase).toBe('completed');
  expect(result.code?.commit).toBe(good);
  expect(result.code?.kept.map(({ service }) => service)).toEqual(['backend']);
  expect((await fetch(stack.health)).status).toBe(200);
  expect(await app.labelOf('backend')).toBe(good);
  expect(await app.git('status', '--porcelain')).toBe(before);
  expect(readFileSync(edited, 'utf8')).toMatch(/being looked at/);
  const kept = result.code?.kept[0]?.image ?? '';
  expect((await execa('docker', ['image', 'inspect', '--format', '{{.Id}}', kept])).stdout).toBe(bad);
  await expectWhole();
  // What a person would do next must not bring the bad code back.
  await stack.compose('up', '--detach', '--no-deps', 'backend');
  expect(await app.labelOf('backend')).toBe(good);

  app.healthyWithin('12s');
  const undone = await failureOf(await start('undoRollBackCode', { ...confirmed, recovery: `code-${stack.project}` }, 'undo'));
  expect(undone.code).toBe('SERVICE_UNHEALTHY');
  expect(undone.message).toContain('a bad deployment');
  // The images of before are unhealthy: it went back to those that worked.
  await until('the good code is healthy again', async () => (await fetch(stack.health).catch(() => null))?.status === 200);
  expect(await app.labelOf('backend')).toBe(good);
  // The next commits must not build on the bad one.
  await app.git('reset', '--quiet', '--hard', good);
  app.healthyWithin('3m');
});

test('an undo brings healthy images back', async () => {
  await app.commit('another good one', { 'app/version.py': 'VERSION = 2\n' });
  await app.deploy();
  const second = await app.imageOf('backend');
  const run = await start('rollBackCode', { ...confirmed, to: good });
  await run.result();
  expect(await app.labelOf('backend')).toBe(good);
  const undone = await kintsugi(stack.plan, 'undo', run.workflowId, '--yes', '--by', 'tester');
  expect(undone.status).toBe(0);
  expect(await app.imageOf('backend')).toBe(second);
  await expectWhole();
});

describe('what fails leaves the stack as it was', () => {
  test('a commit that does not build: nothing is stopped', async () => {
    const broken = await app.commit('does not build', {
      Dockerfile: 'ARG PYTHON_IMAGE\nFROM $PYTHON_IMAGE\nRUN echo no-such-thing && exit 3\n',
    });
    const before = await app.imageOf('backend');
    const since = await app.startedAt();
    const error = await failureOf(await start('rollBackCode', { ...confirmed, to: broken }));
    expect(error.code).toBe('BUILD_FAILED');
    expect(error.message).toMatch(/exit 3|non-zero code: 3/);
    expect(error.state).toBe('Nothing was stopped or changed.');
    expect(await app.imageOf('backend')).toBe(before);
    expect(await app.startedAt()).toBe(since);
    await expectWhole();
    await app.git('reset', '--hard', 'HEAD~1');
  });

  test('a commit that is not healthy: back to the former images', async () => {
    const well = readFileSync(path.join(stack.folder, 'backend', 'app', 'main.py'), 'utf8');
    const answer = /def health\(\)[^\n]*:\n/;
    expect(well).toMatch(answer);
    const sick = await app.commit('is not healthy', {
      'app/main.py': well.replace(answer, '$&    raise RuntimeError("sick on purpose")\n'),
    });
    const before = await app.imageOf('backend');
    app.healthyWithin('12s');
    const error = await failureOf(await start('rollBackCode', { ...confirmed, to: sick }));
    app.healthyWithin('3m');
    expect(error.code, error.message).toBe('SERVICE_UNHEALTHY');
    expect(error.state).toMatch(/former images|ran before/);
    expect(await app.imageOf('backend')).toBe(before);
    await until('healthy', async () => (await fetch(stack.health).catch(() => null))?.status === 200);
    await expectWhole();
    await app.git('reset', '--hard', 'HEAD~1');
  });

  test.each([
    ['a commit that does not exist', { to: 'no-such-commit' }, 'NOT_FOUND'],
    ['an option of git instead of a commit', { to: '--output=/tmp/x' }, 'NOT_FOUND'],
    ['an empty name', { to: '' }, 'INVALID_INPUT'],
  ])('%s', async (_what, input, code) => {
    const error = await failureOf(await start('rollBackCode', { ...confirmed, ...input }));
    expect(error.code).toBe(code);
    expect(error.state).toBe('Nothing was stopped or changed.');
    await expectWhole();
  });
});

test('code that knows an older schema: the downgrade is said, approved, done with a backup, and taken back by undo', async () => {
  await app.commit('add a column', {
    'alembic/versions/0006_note.py': app.revision(
      '0006_note',
      '0005_indexes',
      'ALTER TABLE users ADD COLUMN note text',
      'ALTER TABLE users DROP COLUMN note',
    ),
  });
  await app.deploy();
  expect(await stack.query('SELECT version_num FROM alembic_version', 'uns_claudejp')).toBe('0006_note');
  // With a column more.
  const rows = await stack.content();
  const planned = await kintsugi(stack.plan, 'recover', 'code', '--to', good, '--dry-run');
  expect(planned.stdout).toMatch(/that code ran with\s+0005_indexes/);
  const run = await start('rollBackCode', { ...confirmed, to: good });
  const result = (await run.result()) as ProcedureResult & RolledBack;
  expect(result.code?.schema).toEqual({ from: ['0006_note'], to: ['0005_indexes'] });
  expect(result.steps.find(({ name }) => name === 'schema')?.note).toMatch(/needs a downgrade that takes back 0006_note/);
  expect(result.steps.find(({ name }) => name === 'backup')?.state).toBe('done');
  expect(await stack.query('SELECT version_num FROM alembic_version', 'uns_claudejp')).toBe('0005_indexes');
  await expectWhole();
  const undone = await start('undoRollBackCode', { ...confirmed, recovery: run.workflowId }, 'undo');
  expect(((await undone.result()) as ProcedureResult).phase).toBe('completed');
  expect(await stack.query('SELECT version_num FROM alembic_version', 'uns_claudejp')).toBe('0006_note');
  await expectWhole(rows);
  await (await start('rollBackCode', { ...confirmed, to: good })).result();
  await app.git('reset', '--quiet', '--hard', good);
});

describe('a worker that is killed ends as if nothing had been', () => {
  test.each([
    ['buildImages', 'during'],
    ['buildImages', 'after'],
    ['keepImages', 'after'],
    ['switchImages', 'during'],
    ['switchImages', 'after'],
  ] as const)('in %s (%s)', async (activity, when) => {
    await app.commit(`before ${activity} ${when}`, { 'app/version.py': `VERSION = "${activity} ${when}"\n` });
    await app.deploy();
    worker.arm(activity, when);
    const run = await start('rollBackCode', { ...confirmed, to: good });
    let over = false;
    const ended = run.result().finally(() => {
      over = true;
    });
    await until('the worker died', async () => worker.ended || over);
    if (worker.ended) worker.start();
    expect(((await ended) as ProcedureResult).phase).toBe('completed');
    expect(await app.labelOf('backend')).toBe(good);
    await expectWhole();
  });
});

test('a second one is refused while one runs', async () => {
  worker.arm('buildImages', 'hold');
  const first = await start('rollBackCode', { ...confirmed, to: good });
  await until('it is held', async () => worker.holds('buildImages'));
  const second = await failureOf(await start('rollBackCode', { ...confirmed, to: good }, 'second'));
  expect(second.code).toBe('ALREADY_RUNNING');
  await first.cancel();
  worker.release('buildImages');
  expect((await failureOf(first)).code).toBe('CANCELLED');
  await expectWhole();
});
