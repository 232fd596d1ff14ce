/** Stored backups are proven to restore, on a server apart from production, and the proof lies in neither direction. */
import {
  appendFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Verification } from '../../src/catalog/verification.ts';
import type { IncidentView } from '../../src/incident/contract.ts';
import type { VerifyBackupsInput, VerifyBackupsResult } from '../../src/workflows/contract.ts';
import { type Answer, kintsugi } from '../integration/harness/kintsugi.ts';
import { TestStack } from '../integration/harness/stack.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let databases: string[];
/** Sound backups: of the main database, and of the one with every kind of object. */
let first: string;
let second: string;
let ofObjects: string;

const run = (...args: string[]): Promise<Answer> => kintsugi(stack.plan, ...args);
const folderOf = (id: string, ...parts: string[]) => path.join(stack.folder, 'backups', id, ...parts);
const incident = (subject: string) => temporal.client.workflow.getHandle(`incident-${stack.project}-${subject}`);

async function takeBackup(...args: string[]): Promise<string> {
  const answer = await run('backup', 'take', '--json', ...args);
  expect(answer).toMatchObject({ status: 0 });
  return (JSON.parse(answer.stdout) as { id: string }).id;
}

/** Verifies as the command does, without a terminal. @returns what came out of one backup, and all findings. */
async function verify(...args: string[]): Promise<VerifyBackupsResult & { status: number }> {
  const answer = await run('backup', 'verify', '--json', ...args);
  expect(answer.stdout, answer.stderr).not.toBe('');
  return { status: answer.status, ...(JSON.parse(answer.stdout) as VerifyBackupsResult) };
}

const start = (input: VerifyBackupsInput) =>
  temporal.client.workflow.start('verifyBackups', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `verify-${stack.project}`,
    args: [input],
  });

function verifications(id: string): Verification[] {
  const text = readFileSync(folderOf(id, 'verification.jsonl'), 'utf8').trim();
  return text.split('\n').map((line) => JSON.parse(line) as Verification);
}

function largestFile(id: string): string {
  const files = readdirSync(folderOf(id, 'data')).map((name) => folderOf(id, 'data', name));
  return files.toSorted((a, b) => statSync(b).size - statSync(a).size)[0] ?? '';
}

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'verify', rows: 1_000, temporalAddress: temporal.address, databaseOnly: true });
  await stack.start();
  stack.changePlan((plan) => {
    plan.backups = { ...plan.backups, floor: '1KB' };
    plan.people = {};
    plan.verification = { server: { memory: '1GB' } };
  });
  await stack.query('CREATE ROLE only_here; GRANT only_here TO uns_admin');
  await stack.query("ALTER DATABASE uns_claudejp SET work_mem = '7MB'");
  await stack.query('CREATE TABLE of_role(id int); ALTER TABLE of_role OWNER TO only_here', 'uns_claudejp');
  worker = await WorkerProcess.serving(stack, temporal);
  ofObjects = await takeBackup('--database', 'uns_objects', '--fingerprints');
  first = await takeBackup('--fingerprints');
  second = await takeBackup();
  databases = await stack.databases();
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

afterEach(async () => {
  // Production is as it was, and nothing of the scratch servers is left.
  expect(await stack.databases()).toEqual(databases);
  expect(await stack.parts()).toEqual([]);
});

test('the newest of each database is proven at once, the others by rotation', async () => {
  const result = await verify();
  expect(result).toMatchObject({ status: 0, findings: [] });
  expect(Object.fromEntries(result.backups.map(({ id, files, restore }) => [id, `${files} ${restore}`]))).toEqual({
    [second]: 'passed passed',
    [first]: 'passed null',
    [ofObjects]: 'passed passed',
  });
  expect(verifications(second).map(({ means, outcome }) => `${means} ${outcome}`)).toEqual([
    'checksums passed',
    'listing passed',
    'restore passed',
  ]);
  const again = await verify();
  expect(again.backups.find(({ id }) => id === first)).toMatchObject({ restore: 'passed' });
  const list = await run('backup', 'list');
  expect(list.stdout.match(/proven /g)).toHaveLength(3);
});

describe('a recovery', () => {
  let unproven: string;

  test('takes the newest that is proven by itself, and says by how much a newer one is newer', async () => {
    unproven = await takeBackup();
    const answer = await run('recover', 'restore', '--dry-run');
    expect(answer.stdout).toContain(`from ${second} (`);
    expect(answer.stdout).toContain('proven to restore');
    expect(answer.stdout).toContain(`older than ${unproven}, which is not proven yet: to take it, --backup ${unproven}`);
    const named = await run('recover', 'restore', '--dry-run', '--backup', unproven);
    expect(named.stdout).toContain(`from ${unproven} (`);
    expect(named.stdout).toContain('never proven to restore');
  });

  test('takes it when it is proven, and passes it over when it is damaged since', async () => {
    expect(await verify(unproven)).toMatchObject({ status: 0, backups: [{ id: unproven, restore: 'passed' }] });
    expect((await run('recover', 'restore', '--dry-run')).stdout).toContain(`from ${unproven} (`);
    truncateSync(largestFile(unproven), 10);
    const answer = await run('recover', 'restore', '--dry-run');
    expect(answer.stdout).toContain(`from ${second} (`);
    expect(answer.stdout).toContain(`older than ${unproven}, which is bad: ${unproven} is damaged`);
    rmSync(folderOf(unproven), { recursive: true });
  });
});

describe('a bad backup', () => {
  test.each([
    ['cut off', 'BACKUP_TRUNCATED', (id: string) => truncateSync(largestFile(id), 10), /has 10 of \d+ bytes/],
    ['too long', 'BACKUP_CORRUPT', (id: string) => appendFileSync(largestFile(id), 'x'), /1 more than were written/],
    ['without its contents', 'BACKUP_CORRUPT', (id: string) => rmSync(folderOf(id, 'data', 'toc.dat')), /toc\.dat is missing/],
  ])('%s fails with the reason, and opens an incident', async (_what, code, damage, why) => {
    const id = await takeBackup();
    damage(id);
    const result = await verify(id);
    expect(result).toMatchObject({ status: 4, backups: [{ id, files: 'failed', restore: null }] });
    expect(result.findings).toEqual([expect.objectContaining({ subject: 'backup-newest', severity: 'P2' })]);
    expect(result.findings[0]?.problem).toMatch(why);
    expect(verifications(id).at(-1)).toMatchObject({ means: 'checksums', outcome: 'failed', code });
    expect((await incident('backup-newest').describe()).status.name).toBe('RUNNING');
    rmSync(folderOf(id), { recursive: true });
  });

  test('that restores with errors is no success, although its files are whole', async () => {
    await stack.query('CREATE DATABASE wont_restore');
    // Finds its table by the search path of the session, which a restore does not have: the dump is whole and can't be restored.
    await stack.query(
      `CREATE TABLE known(name text); INSERT INTO known VALUES ('a');
       CREATE FUNCTION is_known(text) RETURNS boolean LANGUAGE sql AS 'SELECT EXISTS (SELECT FROM known WHERE name = $1)';
       SET check_function_bodies = off; CREATE TABLE uses(name text CHECK (is_known(name))); INSERT INTO uses VALUES ('a')`,
      'wont_restore',
    );
    const id = await takeBackup('--database', 'wont_restore');
    await stack.query('DROP DATABASE wont_restore');
    const result = await verify(id);
    expect(result).toMatchObject({ status: 4, backups: [{ id, files: 'passed', restore: 'failed' }] });
    expect(result.backups[0]?.why).toContain('relation "known" does not exist');
    expect(result.findings).toEqual([expect.objectContaining({ subject: 'backups-damaged', severity: 'P3' })]);
    expect(verifications(id).at(-1)).toMatchObject({ means: 'restore', outcome: 'failed', code: 'RESTORE_FAILED' });
    rmSync(folderOf(id), { recursive: true });
  });

  test('is told of no more when all is well again', async () => {
    expect(await verify(second, '--files-only')).toMatchObject({ status: 0, findings: [] });
    for (const subject of ['backup-newest', 'backups-damaged'])
      expect(await incident(subject).query<IncidentView>('incident')).toMatchObject({ status: 'resolved' });
  });
});

describe('interrupted', () => {
  test('by the death of the worker in the middle of the restore: it goes on, and the result is right', async () => {
    worker.arm('restoreBeside', 'during');
    const handle = await start({ backup: second });
    await until('the worker is dead', () => Promise.resolve(worker.ended));
    worker.start();
    expect(await handle.result()).toMatchObject({ backups: [{ id: second, files: 'passed', restore: 'passed', why: null }] });
  });

  test('by a person who cancels it: nothing is left', async () => {
    worker.arm('verifyRestored', 'hold');
    const handle = await start({ backup: second });
    await until('it is held', () => Promise.resolve(worker.holds('verifyRestored')));
    await handle.cancel();
    worker.release('verifyRestored');
    await expect(handle.result()).rejects.toThrow();
  });

  test('by the deletion of the backup: said, and not taken for damage', async () => {
    const id = `${second.slice(0, -4)}0000`;
    const kept = path.join(stack.folder, 'kept');
    cpSync(folderOf(second), kept, { recursive: true });
    worker.arm('restoreBeside', 'hold');
    const handle = await start({ backup: second });
    await until('it is held', () => Promise.resolve(worker.holds('restoreBeside')));
    rmSync(folderOf(second), { recursive: true });
    worker.release('restoreBeside');
    const result = (await handle.result()) as VerifyBackupsResult;
    expect(result.backups).toEqual([{ id: second, files: 'passed', restore: 'notDone', why: 'it was deleted meanwhile' }]);
    expect(result.findings.map(({ problem }) => problem).join()).toContain(`${second} vanished while it was verified`);
    expect(existsSync(folderOf(id))).toBe(false);
    cpSync(kept, folderOf(second), { recursive: true });
    rmSync(kept, { recursive: true });
  });

  test('by a terminate: doctor names the scratch server, and removes it', async () => {
    worker.arm('verifyRestored', 'hold');
    await start({ backup: second });
    await until('it is held', () => Promise.resolve(worker.holds('verifyRestored')));
    await temporal.client.workflow.getHandle(`prove-${stack.project}-${second}`).terminate('a test');
    await temporal.client.workflow
      .getHandle(`verify-${stack.project}`)
      .terminate('a test')
      .catch(() => undefined);
    worker.release('verifyRestored');
    expect(await stack.parts()).not.toEqual([]);
    const { stdout } = await run('doctor', '--json');
    const { findings } = JSON.parse(stdout) as { findings: { area: string; text: string }[] };
    expect(findings.find(({ area }) => area === 'leftovers')?.text).toMatch(/the scratch server \S+ of prove-/);
    expect((await run('doctor', '--mend', '--yes')).status).toBe(0);
  });
});

describe('for people', () => {
  test('show tells what it holds, how it was verified, and the commands to restore it by hand', async () => {
    const { stdout, status } = await run('backup', 'show', second);
    expect(status).toBe(0);
    for (const text of [
      'uns_claudejp',
      'yes, restored and compared',
      'restored and compared in',
      'pg_restore -U uns_admin --exit-on-error',
    ])
      expect(stdout).toContain(text);
    const check = stdout.split('\n').find((line) => line.includes('sha256sum --check manifest.json.sha256')) ?? '';
    expect((await execa('bash', ['-c', check])).stdout).toContain('OK');
  });

  test('export copies it whole, and refuses what is there or damaged', async () => {
    const to = path.join(stack.folder, 'exported');
    const answer = await run('backup', 'export', second, '--to', to);
    expect(answer).toMatchObject({ status: 0 });
    expect(answer.stdout).toContain('every checksum is right');
    const again = await run('backup', 'export', second, '--to', to);
    expect(again).toMatchObject({ status: 2 });
    expect(again.stderr).toContain('is there already');
    const dry = await run('recover', 'restore', '--dry-run', '--backup', path.join(to, second));
    expect(dry).toMatchObject({ status: 0 });
  });
});

test('an encrypted backup is proven and exported, and nothing that was decrypted for it stays', async () => {
  writeFileSync(path.join(stack.folder, 'passphrase'), 'a phrase that nobody knows\n');
  stack.changePlan((plan) => {
    plan.backups = { ...plan.backups, encryption: { passphrase: { file: 'passphrase' } } };
  });
  const id = await takeBackup();
  expect(await verify(id)).toMatchObject({ status: 0, backups: [{ id, files: 'passed', restore: 'passed', why: null }] });
  expect(readdirSync(path.join(stack.folder, 'backups'))).not.toContain('.staging');
  expect(readdirSync(path.join(stack.folder, '.kintsugi', 'lists'))).not.toContainEqual(expect.stringContaining('list-'));
  const to = path.join(stack.folder, 'decrypted');
  expect(await run('backup', 'export', id, '--to', to, '--decrypt')).toMatchObject({ status: 0 });
  const { encryption } = JSON.parse(readFileSync(path.join(to, id, 'manifest.json'), 'utf8')) as { encryption: unknown };
  expect(encryption).toBeNull();
  expect(readFileSync(path.join(to, id, 'globals.sql'), 'utf8')).toContain('CREATE ROLE');
  expect((await run('recover', 'restore', '--dry-run', '--backup', path.join(to, id))).status).toBe(0);
});
