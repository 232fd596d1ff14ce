import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exitStatus } from '../../src/errors/table.ts';
import { TestStack } from './harness/stack.ts';
import { until } from './harness/wait.ts';

const program = fileURLToPath(new URL('../../bin/kintsugi.js', import.meta.url));

let stack: TestStack;
let written: string;

const kintsugi = (args: readonly string[], environment: Record<string, string> = {}) =>
  execa(program, args, { cwd: stack.folder, env: environment, reject: false });

beforeAll(async () => {
  // No Temporal: the plan's commands need none.
  stack = new TestStack({ name: 'plan', rows: 10, temporalAddress: '127.0.0.1:1' });
  await stack.start();
  written = path.join(stack.folder, 'written.yaml');
});

afterAll(() => stack.remove());

interface Checked {
  readonly ok: boolean;
  readonly findings: { area: string; ok: boolean; text: string; hint: string | null }[];
}

/** What `plan check` finds not well, and its exit status. */
async function check(file: string, environment: Record<string, string> = {}) {
  const { stdout, exitCode } = await kintsugi(['--json', '--plan', file, 'plan', 'check'], environment);
  const { findings } = JSON.parse(stdout) as Checked;
  return { exitCode, bad: findings.filter(({ ok }) => !ok) };
}

describe('plan init', () => {
  test('writes a plan from what runs, without the password, which fits the system', async () => {
    const { exitCode, stdout } = await kintsugi(['--plan', written, 'plan', 'init', '--project', stack.project]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain('kintsugi plan check');
    const text = readFileSync(written, 'utf8');
    const password = /^POSTGRES_PASSWORD=(.+)$/m.exec(readFileSync(path.join(stack.folder, '.env'), 'utf8'))?.[1] ?? '';
    expect(password).not.toBe('');
    expect(text).not.toContain(password);
    expect(text).toContain('password: { env: POSTGRES_PASSWORD }');
    expect(text).toContain('runOnce: [ importer ]');
    expect(text).toContain(stack.health);
    // All that is left to say is whom to call: nobody is known yet.
    const { bad } = await check(written);
    expect(new Set(bad.map(({ area }) => area))).toEqual(new Set(['people']));
  });

  test('never replaces a plan by itself', async () => {
    const before = readFileSync(written, 'utf8');
    const refused = await kintsugi(['--plan', written, 'plan', 'init', '--project', stack.project]);
    expect(refused.exitCode).toBe(exitStatus.input);
    expect(refused.stderr).toContain('There is a plan already');
    expect(readFileSync(written, 'utf8')).toBe(before);
  });

  test('names the stacks where none is named rightly', async () => {
    const { exitCode, stderr } = await kintsugi(['--plan', `${written}.2`, 'plan', 'init', '--project', 'nosuch']);
    expect(exitCode).toBe(exitStatus.target);
    expect(stderr).toContain(`kintsugi plan init --project ${stack.project}`);
  });
});

describe('plan check', () => {
  test('finds nothing wrong with the example while it runs', async () => {
    expect(await check(stack.plan)).toEqual({ exitCode: 0, bad: [] });
  });

  test('names a wrong password', async () => {
    const { exitCode, bad } = await check(stack.plan, { POSTGRES_PASSWORD: 'wrong' });
    expect(exitCode).toBe(exitStatus.environment);
    expect(bad).toEqual([
      expect.objectContaining({ area: 'database', text: expect.stringContaining('password authentication failed') }),
    ]);
  });

  test('names a service that Compose does not know, a database that is not there, and a secret that is not set', async () => {
    const changed = path.join(stack.folder, 'changed.yaml');
    const text = readFileSync(stack.plan, 'utf8');
    writeFileSync(
      changed,
      text
        .replace('importer', 'importr')
        .replace('name: uns_claudejp', 'name: nosuch')
        .replace(/^backups:/m, 'backups:\n  encryption: { passphrase: { env: KINTSUGI_NOT_SET } }'),
    );
    const { bad } = await check(changed);
    rmSync(changed);
    expect(bad.map(({ text: found }) => found).join('\n')).toMatch(/importr.*no service/);
    expect(bad.map(({ text: found }) => found)).toContain('there is no database nosuch');
    expect(bad.find(({ area }) => area === 'secrets')?.text).toContain('KINTSUGI_NOT_SET');
  });

  test('names the line of a Compose file that Compose does not accept', async () => {
    const file = path.join(stack.folder, 'docker-compose.yml');
    const sound = readFileSync(file, 'utf8');
    writeFileSync(file, `${sound}\nservices: [\n`);
    const { bad } = await check(stack.plan);
    writeFileSync(file, sound);
    expect(bad.find(({ area }) => area === 'Compose files')?.text).toContain('Compose does not accept docker-compose.yml');
  });

  test('names a database server that is stopped, and the command that starts it', async () => {
    await execa('docker', ['stop', '--time', '5', stack.database]);
    const { bad } = await check(stack.plan);
    await execa('docker', ['start', stack.database]);
    await until('it is healthy again', async () => (await check(stack.plan)).bad.length === 0);
    const found = bad.find(({ area }) => area === 'database');
    expect(found?.text).toContain('is not running');
    expect(found?.hint).toContain('docker compose');
  });

  test('looks at the file alone when asked to', async () => {
    const { exitCode, stdout } = await kintsugi(['--plan', stack.plan, 'plan', 'check', '--offline'], {
      DOCKER_HOST: 'tcp://127.0.0.1:1',
    });
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`is a plan for ${stack.project}`);
  });
});
