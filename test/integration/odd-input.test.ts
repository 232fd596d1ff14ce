/** Backups and names that are unusual and good: they come back whole. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

const restore = (...args: string[]): Promise<Answer> =>
  kintsugi(stack.plan, 'recover', 'restore', '--yes', '--by', 'tester', '--skip', 'freshBackup', ...args);

async function takeBackup(...args: string[]): Promise<string> {
  const answer = await kintsugi(stack.plan, 'backup', 'take', '--json', '--fingerprints', ...args);
  expect(answer).toMatchObject({ status: 0 });
  return (JSON.parse(answer.stdout) as { id: string }).id;
}

async function expectRestored(answer: Answer): Promise<void> {
  expect(answer).toMatchObject({ status: 0 });
  expect(await dropReplaced()).toBeGreaterThan(0);
  await expectUntouched(stack, before);
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** Removes what recoveries keep for undo. @returns how many databases it was. */
async function dropReplaced(): Promise<number> {
  const replaced = (await stack.databases()).filter((name) => name.includes('_replaced_'));
  for (const name of replaced) await stack.query(`DROP DATABASE ${quoted(name)}`);
  return replaced.length;
}

/** @returns the path of a dump of the main database as others make it. */
async function dump(name: string, ...options: string[]): Promise<string> {
  const file = path.join(stack.folder, name);
  await execa('docker', ['exec', stack.database, 'pg_dump', '-U', 'uns_admin', ...options, '-f', `/tmp/${name}`, 'uns_claudejp']);
  await execa('docker', ['cp', '--quiet', `${stack.database}:/tmp/${name}`, file]);
  return file;
}

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'odd-input', rows: 2_000, temporalAddress: temporal.address });
  await stack.start();
  worker = await WorkerProcess.serving(stack, temporal);
  before = await stateOf(stack);
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

test('a plain dump without owners and privileges: who restores it owns it', async () => {
  const file = await dump('bare.sql', '--no-owner', '--no-privileges');
  await stack.query('TRUNCATE timer_cards', 'uns_claudejp');
  await expectRestored(await restore('--backup', file));
});

describe('what is there already', () => {
  test.each([
    ['a plain dump that drops and creates the live database', ['--clean', '--create'], 'clean-create.sql'],
    ['a plain dump that drops every object first', ['--clean', '--if-exists'], 'clean.sql'],
  ])('%s harms nothing', async (_what, options, name) => {
    await stack.query("COMMENT ON DATABASE uns_claudejp IS 'the live one'");
    const file = await dump(name, ...options);
    const oid = await stack.query("SELECT oid FROM pg_database WHERE datname = 'uns_claudejp'");
    await stack.query('TRUNCATE timer_cards', 'uns_claudejp');
    const answer = await restore('--backup', file);
    expect(answer).toMatchObject({ status: 0 });
    expect(await stack.query("SELECT oid FROM pg_database WHERE datname LIKE 'uns_claudejp_replaced_%'")).toBe(oid);
    await expectRestored(answer);
  });

  test.each([
    ['plain', '-Fp', 'public.sql'],
    ['custom', '-Fc', 'public.dump'],
  ])('a dump of the schema public, which makes it: %s', async (_what, format, name) => {
    const file = await dump(name, '--schema=public', '--extension=*', format);
    await stack.query('TRUNCATE timer_cards', 'uns_claudejp');
    await expectRestored(await restore('--backup', file));
    expect(await stack.query("SELECT has_schema_privilege('public', 'public', 'USAGE')", 'uns_claudejp')).toBe('t');
  });

  test('an object in the public schema of template1 does not come into the copy', async () => {
    const file = await dump('template.dump', '-Fc');
    await stack.query('CREATE TABLE public.employees (polluted text)', 'template1');
    try {
      await stack.query('TRUNCATE timer_cards', 'uns_claudejp');
      await expectRestored(await restore('--backup', file));
    } finally {
      await stack.query('DROP TABLE public.employees', 'template1');
    }
  });
});

test.each([
  ['of a dash and capitals', 'My-DB'],
  ['of quotes, blanks, an equals sign and Japanese', `it's "my" = 勤怠`],
])('a database name %s, with a table of such a name and a role that is gone', async (_what, name) => {
  const table = quoted(`it's "the" 勤怠 table; Type: ACL`);
  const role = quoted(`Rôle "${name}"`);
  const count = () => stack.query(`SELECT count(*), sum(hashtextextended(t::text, 0)) FROM ${table} t`, connection);
  // psql takes a name with an equals sign for a connection string.
  const connection = `dbname='${name.replace(/['\\]/g, '\\$&')}'`;
  await stack.query(`CREATE DATABASE ${quoted(name)}`);
  await stack.query(`CREATE ROLE ${role}`);
  await stack.query(
    `CREATE TABLE ${table} ("名前 ""x""" text); INSERT INTO ${table} SELECT '行 ' || g FROM generate_series(1, 100) g;
     ALTER TABLE ${table} OWNER TO ${role}; GRANT CREATE, CONNECT ON DATABASE ${quoted(name)} TO ${role}`,
    connection,
  );
  const rows = await count();
  const backup = await takeBackup('--database', name);
  // The disaster: rows are gone, then the whole database and the role with it.
  await stack.query(`DELETE FROM ${table}`, connection);
  expect(await restore('--database', name)).toMatchObject({ status: 0 });
  expect(await count()).toBe(rows);
  await dropReplaced();
  await stack.query(`DROP DATABASE ${quoted(name)}`);
  await stack.query(`DROP ROLE ${role}`);
  const answer = await restore('--database', name);
  expect(answer).toMatchObject({ status: 0 });
  expect(answer.stdout).toContain(backup);
  expect(await count()).toBe(rows);
  await stack.query(`DROP DATABASE ${quoted(name)}`);
  await stack.query(`DROP ROLE ${role}`);
  await expectUntouched(stack, before);
});

describe('an encrypted backup', () => {
  const passphrase = (text: string) => writeFileSync(path.join(stack.folder, 'passphrase'), `${text}\n`, { mode: 0o600 });
  let backup: string;

  beforeAll(async () => {
    passphrase('correct horse battery staple');
    stack.changePlan((plan) => {
      plan.backups = { ...plan.backups, encryption: { passphrase: { file: 'passphrase' } } };
    });
    backup = await takeBackup();
    before = await stateOf(stack);
  });

  afterEach(() => expectUntouched(stack, before));

  test('holds nothing that can be read without the key, and gpg alone opens it', async () => {
    const folder = path.join(stack.folder, 'backups', backup);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map((entry) => entry.name).filter((name) => !/\.gpg$|^manifest\.json(\.sha256)?$/.test(name))).toEqual([]);
    const options = ['--batch', '--pinentry-mode', 'loopback', '--passphrase-file', path.join(stack.folder, 'passphrase')];
    const opened = await execa('gpg', [...options, '--decrypt', path.join(folder, 'globals.sql.gpg')]);
    expect(opened.stdout).toContain('CREATE ROLE uns_admin;');
  });

  test('is restored with its key, and the decrypted copy goes', async () => {
    await stack.query('TRUNCATE timer_cards', 'uns_claudejp');
    const answer = await restore();
    expect(answer.stdout).toContain(backup);
    await expectRestored(answer);
    expect(existsSync(path.join(stack.folder, 'backups', '.staging'))).toBe(false);
  });

  test('is refused with another key, before anything is stopped', async () => {
    passphrase('wrong');
    const answer = await restore();
    expectError(answer, status.backup, 'BACKUP_KEY', 'cannot be decrypted with the plan’s pass phrase');
    passphrase('correct horse battery staple');
  });

  test('is refused when the key is not there; no backup is begun without it either', async () => {
    const file = path.join(stack.folder, 'passphrase');
    const text = readFileSync(file);
    await execa('rm', [file]);
    expectError(await restore(), status.plan, 'SECRET_MISSING', 'passphrase cannot be read (ENOENT)');
    const taken = await kintsugi(stack.plan, 'backup', 'take');
    expect(taken.stderr).toContain('ERROR SECRET_MISSING: ');
    expect(taken.stderr).toContain('No backup was made; earlier ones are untouched.');
    expect(taken.status).toBe(status.plan);
    writeFileSync(file, text, { mode: 0o600 });
  });

  test('is refused when the plan names no key', async () => {
    stack.changePlan((plan) => {
      plan.backups = { ...plan.backups, encryption: undefined };
    });
    expectError(await restore(), status.backup, 'BACKUP_KEY', 'the plan names no pass phrase', 'backups.encryption.passphrase');
  });
});
