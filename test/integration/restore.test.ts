import { appendFileSync, readdirSync, truncateSync } from 'node:fs';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type { Progress, RestoreInput, RestoreResult, TakeBackupResult } from '../../src/workflows/contract.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

const confirmed = { requestedBy: 'tester', confirm: 'uns_claudejp', reason: 'test' } satisfies RestoreInput;

let project: string;
let taskQueue: string;
let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let running: string[];
let content: string;
let backup: TakeBackupResult;

const start = (input: unknown, workflowId = `restore-${project}`) =>
  temporal.client.workflow.start('restoreDatabase', { taskQueue, workflowId, args: [input] });
const restore = async (input: RestoreInput): Promise<RestoreResult> => (await start(input)).result() as Promise<RestoreResult>;
/** @returns the error of ours that a recovery ends with. */
const refusal = async (input: unknown, workflowId?: string) =>
  fromFailure(await (await start(input, workflowId)).result().catch((error: unknown) => error));

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'restore', rows: 20_000, temporalAddress: temporal.address });
  project = stack.project;
  taskQueue = `kintsugi-${project}`;
  await stack.start();
  worker = new WorkerProcess(stack.plan);
  worker.start();
  running = await stack.running();
  content = await stack.content();
  backup = (await temporal.client.workflow.execute('takeBackup', {
    taskQueue,
    workflowId: 'backup',
    args: [{ fingerprints: true }],
  })) as TakeBackupResult;
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

/** What must be so after every recovery, whatever its end. */
async function expectAllBack(): Promise<void> {
  expect(await stack.content()).toBe(content);
  expect(await stack.running()).toEqual(running);
  expect((await stack.databases()).filter((name) => name.includes('_restoring_'))).toEqual([]);
  expect(await stack.jobs()).toEqual([]);
  expect((await fetch(stack.health)).status).toBe(200);
}

describe('a lost database', () => {
  test('the backup tells every row of every table', () => {
    expect(backup.rows).toBeGreaterThan(20_000);
    expect(backup.fingerprints).toBe(true);
  });

  test('comes back with every row after DROP DATABASE', async () => {
    await stack.dropDatabase();
    const result = await restore(confirmed);
    expect(result.phase).toBe('completed');
    expect(result.backup.id).toBe(backup.id);
    expect(result.replaced).toBeNull();
    await expectAllBack();
  });

  test('comes back although the worker is killed in the middle of the restore, which goes on without it', async () => {
    await stack.query('DELETE FROM timer_cards', 'uns_claudejp');
    const recovery = await start(confirmed);
    await until('the restore runs', async () => (await stack.jobs()).includes('restore-1'));
    await worker.kill();
    await until('the job ends without a worker', async () => {
      const { stdout } = await execa('docker', ['ps', '--quiet', '--filter', `label=kintsugi.stack=${project}`]);
      return stdout === '';
    });
    worker.start();
    const result = (await recovery.result()) as RestoreResult;
    expect(result.phase).toBe('completed');
    expect(result.replaced?.name).toMatch(/^uns_claudejp_replaced_[0-9a-f]{8}$/);
    await expectAllBack();
  });

  test('is not replaced when somebody else brought it back meanwhile', async () => {
    worker.arm('swap', 'hold');
    const recovery = await start({ ...confirmed, skip: ['freshBackup'] });
    await until('it is about to swap', () => Promise.resolve(worker.holds('swap')));
    await stack.query('ALTER DATABASE uns_claudejp WITH ALLOW_CONNECTIONS true');
    await stack.query('COMMENT ON DATABASE uns_claudejp IS NULL');
    worker.release('swap');
    const error = fromFailure(await recovery.result().catch((thrown: unknown) => thrown));
    expect(error.code).toBe('DATABASE_CHANGED');
    expect((await stack.databases()).filter((name) => name.includes('_restoring_'))).toEqual([]);
    await expectAllBack();
  });

  test('is dropped first where the disk has no room for two, on request only', async () => {
    const result = await restore({ ...confirmed, dropFirst: true, skip: ['freshBackup'] });
    expect(result.replaced).toBeNull();
    expect(result.steps.find((step) => step.name === 'restoreBeside')?.note).toContain('the old database was dropped first');
    await expectAllBack();
  });

  test('can be swapped back: undo brings the replaced database, and is kept in turn', async () => {
    await temporal.client.workflow.execute('undoRecovery', {
      taskQueue,
      workflowId: `undo-${project}`,
      args: [{ recovery: `restore-${project}`, ...confirmed }],
    });
    expect(await stack.query('SELECT count(*) FROM timer_cards', 'uns_claudejp')).toBe('0');
    expect(await stack.running()).toEqual(running);
    await restore(confirmed);
    await expectAllBack();
  });
});

describe('is refused, and nothing is touched', () => {
  test('an unknown field', async () => {
    const error = await refusal({ bakcup: 'x' });
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toContain('bakcup');
    await expectAllBack();
  });

  test('a confirmation of another name', async () => {
    expect((await refusal({ ...confirmed, confirm: 'other' })).code).toBe('NOT_CONFIRMED');
    await expectAllBack();
  });

  test('a backup that is not there', async () => {
    const error = await refusal({ ...confirmed, backup: '20200101' });
    expect(error.code).toBe('BACKUP_MISSING');
    expect(error.state).toBe('Nothing was stopped or changed.');
    await expectAllBack();
  });

  test('a second recovery, under any workflow id, while one waits for its approval; a refusal ends the first safely', async () => {
    const first = await start({});
    await until(
      'it waits',
      async () => (await first.query<Progress>('progress').catch(() => null))?.phase === 'waitingForApproval',
    );
    const second = await refusal(confirmed, 'some-other-id');
    expect(second.code).toBe('ALREADY_RUNNING');
    expect(second.message).toContain(`restore-${project}`);
    await first.executeUpdate('refuse', { args: [{ by: 'Sato', reason: 'not now' }] });
    const error = fromFailure(await first.result().catch((thrown: unknown) => thrown));
    expect(error.code).toBe('REFUSED');
    expect(error.message).toBe('Sato refused: not now.');
    await expectAllBack();
  });

  test.each([
    ['empty', (file: string) => truncateSync(file, 0)],
    ['truncated in the middle', (file: string) => truncateSync(file, 1000)],
    ['with a byte too many', (file: string) => appendFileSync(file, 'x')],
  ])('a damaged backup: a file %s', async (_how, damage) => {
    const data = path.join(backup.path, 'data');
    const largest = readdirSync(data).find((name) => name.endsWith('.dat.gz')) ?? 'toc.dat';
    const original = await execa('cp', ['-a', backup.path, `${backup.path}.kept`]);
    expect(original.exitCode).toBe(0);
    damage(path.join(data, largest));
    const error = await refusal({ ...confirmed, backup: backup.id });
    expect(['BACKUP_TRUNCATED', 'BACKUP_CORRUPT', 'BACKUP_EMPTY']).toContain(error.code);
    expect(error.state).toContain('Nothing was stopped or changed.');
    expect(error.hints.join('\n')).toContain('kintsugi');
    await execa('rm', ['-rf', backup.path]);
    await execa('mv', [`${backup.path}.kept`, backup.path]);
    await expectAllBack();
  });
});

describe('a backup that others made', () => {
  test.each([
    ['custom', ['-Fc'], 'dump.custom'],
    ['tar', ['-Ft'], 'dump.tar'],
    ['plain', ['-Fp'], 'production_backup_2026_11_12_120000.sql'],
    ['plain with CREATE DATABASE', ['-Fp', '-C'], 'dump-create.sql'],
    ['plain compressed with gzip', ['-Fp', '-Z6'], 'dump.sql.gz'],
  ])('is restored: %s', async (_name, options, file) => {
    await execa('docker', [
      'exec',
      stack.database,
      'pg_dump',
      '-U',
      'uns_admin',
      ...options,
      '-f',
      `/tmp/${file}`,
      'uns_claudejp',
    ]);
    await execa('docker', ['cp', `${stack.database}:/tmp/${file}`, path.join(stack.folder, file)]);
    await stack.query('TRUNCATE timer_cards', 'uns_claudejp');
    const result = await restore({ ...confirmed, backup: `./${file}`, skip: ['freshBackup'] });
    expect(result.phase).toBe('completedWithSkippedSteps');
    await expectAllBack();
  });
});
