/** Backups that can't be used: an error that helps, the old data and the services as they were, and never another backup in silence. */
import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, kintsugi } from './harness/kintsugi.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { expectError, expectUntouched, type State, stateOf, status } from './harness/untouched.ts';
import { WorkerProcess } from './harness/worker.ts';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let before: State;
/** Two good backups of the main database, and one of the other. */
let older: string;
let newer: string;
let ofOther: string;

const restore = (...args: string[]): Promise<Answer> =>
  kintsugi(stack.plan, 'recover', 'restore', '--yes', '--by', 'tester', '--reason', 'test', ...args);

async function takeBackup(...args: string[]): Promise<string> {
  const answer = await kintsugi(stack.plan, 'backup', 'take', '--json', ...args);
  expect(answer).toMatchObject({ status: 0 });
  return (JSON.parse(answer.stdout) as { id: string }).id;
}

const backupPath = (id: string, ...parts: string[]) => path.join(stack.folder, 'backups', id, ...parts);

/** @returns the path of a dump of the main database as others make it. */
async function dump(name: string, ...options: string[]): Promise<string> {
  const file = path.join(stack.folder, name);
  await execa('docker', ['exec', stack.database, 'pg_dump', '-U', 'uns_admin', ...options, '-f', `/tmp/${name}`]);
  await execa('docker', ['cp', '--quiet', `${stack.database}:/tmp/${name}`, file]);
  await execa('docker', ['exec', stack.database, 'rm', '-rf', `/tmp/${name}`]);
  return file;
}

/** Turns one bit in the middle of a file: its size stays. */
function flipBit(file: string, at = Math.floor(statSync(file).size / 2)): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0b100;
  writeFileSync(file, bytes);
}

function edit(file: string, change: (text: string) => string): void {
  const text = readFileSync(file, 'latin1');
  const changed = change(text);
  expect(changed).not.toBe(text);
  writeFileSync(file, changed, 'latin1');
}

/** Changes a manifest as whoever made the backup elsewhere would have written it: its checksum agrees. */
function editManifest(id: string, change: (text: string) => string): void {
  edit(backupPath(id, 'manifest.json'), change);
  const sum = createHash('sha256')
    .update(readFileSync(backupPath(id, 'manifest.json')))
    .digest('hex');
  writeFileSync(backupPath(id, 'manifest.json.sha256'), `${sum}  manifest.json\n`);
}

/** @returns the path of the largest file of a backup's archive. */
function largestFile(id: string): string {
  const files = readdirSync(backupPath(id, 'data')).map((name) => backupPath(id, 'data', name));
  return files.toSorted((a, b) => statSync(b).size - statSync(a).size)[0] ?? '';
}

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'bad-backups', rows: 2_000, temporalAddress: temporal.address });
  await stack.start();
  worker = await WorkerProcess.serving(stack, temporal);
  ofOther = await takeBackup('--database', 'uns_objects');
  older = await takeBackup();
  newer = await takeBackup('--fingerprints');
  before = await stateOf(stack);
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

afterEach(() => expectUntouched(stack, before));

describe('a backup of ours', () => {
  let kept: string;

  /** The newest backup is damaged for one test. */
  async function damaged(damage: () => void, check: () => Promise<void>): Promise<void> {
    kept = path.join(stack.folder, 'kept');
    cpSync(backupPath(newer), kept, { recursive: true, preserveTimestamps: true });
    try {
      damage();
      await check();
    } finally {
      rmSync(backupPath(newer), { recursive: true });
      cpSync(kept, backupPath(newer), { recursive: true, preserveTimestamps: true });
      rmSync(kept, { recursive: true });
    }
  }

  test.each([
    ['one file is empty', 'BACKUP_TRUNCATED', () => truncateSync(largestFile(newer), 0)],
    ['one file is cut off in the middle', 'BACKUP_TRUNCATED', () => truncateSync(largestFile(newer), 1_000)],
    ['one bit is turned', 'BACKUP_CORRUPT', () => flipBit(largestFile(newer))],
    ['one file is missing', 'BACKUP_CORRUPT', () => rmSync(largestFile(newer))],
    ['its manifest was changed', 'BACKUP_CORRUPT', () => edit(backupPath(newer, 'manifest.json'), (text) => `${text} `)],
    ['its manifest is missing', 'BACKUP_CORRUPT', () => rmSync(backupPath(newer, 'manifest.json'))],
  ])('%s: refused, and the older one is named and not taken', async (_how, code, damage) => {
    await damaged(damage, async () => {
      expectError(await restore(), status.backup, code, newer, `kintsugi recover restore --backup ${older}`);
      await expectUntouched(stack, before);
    });
  });

  test('of a newer server', async () => {
    const newServer = (text: string) =>
      text.replace(/"version": "15[^"]*"/, '"version": "17.2"').replace(/"versionNumber": 15\d+/, '"versionNumber": 170002');
    await damaged(
      () => editManifest(newer, newServer),
      async () => {
        const answer = await restore();
        expectError(answer, status.backup, 'BACKUP_NEWER_SERVER', 'is of PostgreSQL 17.2, the server is of version 15', older);
      },
    );
  });

  test('that needs an extension which the server lacks', async () => {
    await damaged(
      () => editManifest(newer, (text) => text.replace('"name": "pgcrypto"', '"name": "postgis"')),
      async () => {
        expectError(await restore(), status.target, 'DATABASE_EXTENSION_MISSING', 'extensions that the server lacks: postgis');
      },
    );
  });

  test('of another database', async () => {
    const answer = await restore('--backup', ofOther);
    expectError(answer, status.backup, 'BACKUP_WRONG_DATABASE', `${ofOther} is a backup of uns_objects, not of uns_claudejp.`);
  });

  test('that is not there', async () => {
    const answer = await restore('--backup', '20200101T000000Z-0000');
    expectError(answer, status.backup, 'BACKUP_MISSING', 'There is no backup 20200101T000000Z-0000.', newer);
  });

  test('of a database that was never backed up', async () => {
    expectError(await restore('--database', 'nothing'), status.backup, 'BACKUP_MISSING', 'There is no backup of nothing');
  });
});

describe('a backup that others made', () => {
  test('is not there', async () => {
    expectError(await restore('--backup', './nowhere.dump'), status.backup, 'BACKUP_MISSING', 'nowhere.dump');
  });

  test.each([
    ['empty', [], 'a.sql', 'BACKUP_EMPTY', (file: string) => truncateSync(file, 0)],
    ['plain, cut off in the middle', [], 'b.sql', 'BACKUP_TRUNCATED', (file: string) => truncateSync(file, 50_000)],
    ['gzip, cut off', ['-Z6'], 'c.sql.gz', 'BACKUP_TRUNCATED', (file: string) => truncateSync(file, 10_000)],
    ['gzip, a bit turned', ['-Z6'], 'd.sql.gz', 'BACKUP_CORRUPT', (file: string) => flipBit(file)],
    ['custom, cut off', ['-Fc'], 'e.dump', 'BACKUP_TRUNCATED', (file: string) => truncateSync(file, 40_000)],
    ['custom, a bit turned', ['-Fc'], 'f.dump', 'BACKUP_CORRUPT', (file: string) => flipBit(file)],
    ['tar, cut off', ['-Ft'], 'g.tar', 'BACKUP_TRUNCATED', (file: string) => truncateSync(file, 100_000)],
    [
      'custom, of a newer pg_dump',
      ['-Fc'],
      'h.dump',
      'BACKUP_NEWER_SERVER',
      (file: string) => edit(file, (text) => `PGDMP\x01\x10\x00${text.slice(8)}`),
    ],
    [
      'plain, of a newer server',
      [],
      'i.sql',
      'BACKUP_NEWER_SERVER',
      (file: string) =>
        edit(file, (text) => text.replace(/Dumped from database version 15\S*/, 'Dumped from database version 17.2')),
    ],
    ['no backup at all', [], 'j.sql', 'BACKUP_UNREADABLE', (file: string) => writeFileSync(file, 'a letter to the editor')],
  ])('%s', async (_how, options, name, code, damage) => {
    const file = await dump(name, ...options, 'uns_claudejp');
    damage(file);
    expectError(await restore('--backup', file), status.backup, code, name);
  });

  test('of another database', async () => {
    const file = await dump('other.dump', '-Fc', 'uns_objects');
    expectError(await restore('--backup', file), status.backup, 'BACKUP_WRONG_DATABASE', 'of uns_objects, not of uns_claudejp');
  });

  test('that needs roles which the server lacks: all are named with the statement that makes them', async () => {
    const file = await dump('roles.sql', 'uns_claudejp');
    edit(file, (text) => text.replaceAll('OWNER TO uns_admin', 'OWNER TO "Señor"').replaceAll('Owner: uns_admin', 'Owner: gone'));
    expectError(await restore('--backup', file), status.target, 'DATABASE_ROLE_MISSING', 'CREATE ROLE "gone";');
  });

  test('that needs an extension which the server lacks', async () => {
    const file = await dump('extension.sql', 'uns_claudejp');
    edit(file, (text) => text.replaceAll('pgcrypto', 'postgis'));
    expectError(await restore('--backup', file), status.target, 'DATABASE_EXTENSION_MISSING', 'lacks: postgis');
  });

  test('that leads to another database', async () => {
    const file = await dump('astray.sql', 'uns_claudejp');
    edit(file, (text) => text.replace('CREATE TABLE', '\\connect postgres\nCREATE TABLE'));
    expectError(await restore('--backup', file), status.backup, 'BACKUP_UNREADABLE', 'connects to postgres by itself');
  });

  test('with an error in the middle, found only by restoring it: the copy is thrown away', async () => {
    const file = await dump('error.sql', 'uns_claudejp');
    edit(file, (text) => text.replace('ADD CONSTRAINT', 'ADD CONSTRANT'));
    const answer = await restore('--backup', file);
    expect(answer.stderr).toContain('ERROR RESTORE_FAILED: ');
    expect(answer.stderr).toContain('The old database is live again as it was, and the services that ran before run again.');
    expect(answer.stderr).toContain('HINT: ');
    expect(answer.status).toBe(status.backup);
  });
});
