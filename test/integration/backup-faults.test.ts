/** What goes wrong while a backup is taken: nothing half-written is ever taken for a backup, and the next one is whole. */
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TakeBackupResult, VerifyBackupsResult } from '../../src/workflows/contract.ts';
import { BackupRun } from './harness/backup-run.ts';
import { kintsugi } from './harness/kintsugi.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let backup: BackupRun;
/** The backups have a disk of their own. */
let disk: string;
let filler: string;

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'backup-faults', rows: 2_000, temporalAddress: temporal.address, databaseOnly: true });
  await stack.start();
  disk = path.join(stack.folder, 'disk');
  filler = path.join(disk, 'filler');
  mkdirSync(disk);
  await execa('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk]);
  stack.changePlan((plan) => {
    plan.backups = { ...plan.backups, folder: './disk/backups' };
  });
  worker = await WorkerProcess.serving(stack, temporal);
  backup = new BackupRun(stack, temporal);
});

afterAll(async () => {
  await worker.stop();
  await execa('umount', ['--lazy', disk], { reject: false });
  await stack.remove();
  await temporal.teardown();
});

afterEach(() => backup.expectNothingHalf());

/** Leaves so many bytes free on the disk of the backups. */
function fill(left: number): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(filler, Buffer.alloc(bavail * bsize - left));
}

describe('the disk of the backups is full', () => {
  test.each([
    ['when pg_dump writes', 'dumpDatabase', 64 * 1024],
    ['when the checksums are written', 'finishBackup', 0],
  ])('%s: it ends at once, says so, and leaves nothing behind', async (_when, activity, left) => {
    const before = await backup.entries('whole');
    worker.arm(activity, 'hold');
    const taken = kintsugi(stack.plan, 'backup', 'take');
    await until('it is held', () => Promise.resolve(worker.holds(activity)));
    fill(left);
    worker.release(activity);
    const { status, stderr } = await taken;
    rmSync(filler);
    expect(stderr).toContain('ERROR DISK_TOO_SMALL: The disk of the backups folder is full');
    expect(stderr).toContain('No backup was made; earlier ones are untouched.');
    expect(stderr).toMatch(/HINT: .*df -h/);
    expect(status).toBe(6);
    expect(await backup.entries('whole')).toEqual(before);
    await backup.expectNothingHalf();
    await backup.expectWhole((await (await backup.start()).result()) as TakeBackupResult);
  });
});

test('the database server is restarted while pg_dump reads: the backup begins again with a new snapshot, and there is one', async () => {
  const before = await backup.entries('whole');
  // pg_dump waits for the lock, with its snapshot open.
  const locked = stack.query('BEGIN; LOCK TABLE timer_cards IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)', 'uns_claudejp');
  locked.catch(() => undefined);
  await until('the table is locked', async () => (await waiting('pg_sleep')) > 0);
  const run = await backup.start();
  await until('pg_dump waits', async () => (await waiting('LOCK TABLE .*timer_cards', 'pg_dump')) > 0);
  await execa('docker', ['restart', '--time', '1', stack.database]);
  const taken = (await run.result()) as TakeBackupResult;
  await backup.expectWhole(taken);
  expect(await backup.entries('whole')).toEqual([taken.id, ...before]);
});

/** How many sessions are in a statement. */
async function waiting(statement: string, application = '.*'): Promise<number> {
  const count = `SELECT count(*) FROM pg_stat_activity WHERE query ~ '${statement}' AND application_name ~ '^${application}$' AND pid <> pg_backend_pid()`;
  return Number(await stack.query(count));
}

describe('two workers', () => {
  test('of one plan: the second refuses, and the backup goes on', async () => {
    worker.arm('describeContent', 'hold');
    const run = await backup.start();
    await until('it is held', () => Promise.resolve(worker.holds('describeContent')));
    const entry = path.join(import.meta.dirname, '../../dist/worker/main.js');
    const second = await execa(process.execPath, [entry, '--plan', stack.plan], { reject: false });
    expect(second.stderr).toContain(`ERROR ALREADY_RUNNING: A worker of this plan runs already (process ${worker.pid}`);
    expect(second.exitCode).toBe(7);
    worker.release('describeContent');
    await backup.expectWhole((await run.result()) as TakeBackupResult);
  });

  test('who know nothing of one another: steps of one backup go to both, one dies, and there is one backup, whole', async () => {
    const before = await backup.entries('whole');
    const other = path.join(stack.folder, 'other.yaml');
    await execa('sed', ['-e', 's/^state:.*//', stack.plan], { stdout: { file: other } });
    writeFileSync(other, 'state: ./other-state\n', { flag: 'a' });
    const second = new WorkerProcess(other);
    second.start();
    await second.listening(temporal, `kintsugi-${stack.project}`);
    worker.arm('dumpDatabase', 'during');
    const run = await backup.start();
    const result = run.result() as Promise<TakeBackupResult>;
    const taken = await result;
    await second.stop();
    if (worker.ended) worker.start();
    await worker.listening(temporal, `kintsugi-${stack.project}`);
    await backup.expectWhole(taken);
    expect(await backup.entries('whole')).toEqual([taken.id, ...before]);
  });
});

describe('the worker is killed', () => {
  test.each([
    ['dumpDatabase', 'during'],
    ['finishBackup', 'during'],
    ['finishBackup', 'after'],
  ] as const)(
    'in %s (%s): what is there meanwhile is no backup or a whole one, and in the end it is one',
    async (activity, when) => {
      const before = await backup.entries('whole');
      worker.arm(activity, when);
      const run = await backup.start();
      const result = run.result() as Promise<TakeBackupResult>;
      let done = false;
      const end = () => {
        done = true;
      };
      result.then(end, end);
      await until('the worker died', () => Promise.resolve(worker.ended || done));
      expect(await backup.entries('broken')).toEqual([]);
      for (const id of await backup.entries('whole'))
        if (!before.includes(id)) expect((await kintsugi(stack.plan, 'backup', 'show', id)).status).toBe(0);
      await delay(200);
      if (worker.ended) worker.start();
      const taken = await result;
      await backup.expectWhole(taken);
      expect(await backup.entries('whole')).toEqual([taken.id, ...before]);
    },
  );
});

test('a backup is deleted by hand while its files are verified: said, and not taken for damage', async () => {
  const { id, path: folder } = (await (await backup.start()).result()) as TakeBackupResult;
  worker.arm('checkFiles', 'hold');
  const run = await temporal.client.workflow.start('verifyBackups', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `verify-${stack.project}`,
    args: [{ backup: id, restore: false }],
  });
  await until('it is held', () => Promise.resolve(worker.holds('checkFiles')));
  rmSync(folder, { recursive: true });
  worker.release('checkFiles');
  const { backups, findings } = (await run.result()) as VerifyBackupsResult;
  expect(backups).toEqual([{ id, files: 'gone', restore: null, why: null }]);
  expect(findings.map(({ problem }) => problem).join()).toContain(`${id} vanished while it was verified`);
});
