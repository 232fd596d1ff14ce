/**
 * Scenario 4, on an engine of the test's own: all of it may be killed. The machine's engine, which other tests use, is only asked for
 * an image.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import Docker from 'dockerode';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ServicesResult } from '../../src/workflows/contract.ts';
import { type Answer, kintsugi } from '../integration/harness/kintsugi.ts';
import { OwnEngine } from '../integration/harness/own-engine.ts';
import { postgresImage, SmallStack } from '../integration/harness/small-stack.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';

let temporal: TestWorkflowEnvironment;
let engine: OwnEngine;
let stack: SmallStack;
let worker: WorkerProcess;
let content: string;

const everything = ['aside', 'db', 'web'];
const container = (service: string) => `${stack.project}-${service}-1`;
const network = () => `${stack.project}_inner`;
const run = (...args: string[]) => kintsugi(stack.plan, ...args);
const cascade = (...args: string[]) => run('recover', 'cascade', '--yes', '--by', 'tester', '--json', ...args);

/** @returns what a recovery answered, as its last line of JSON tells. */
function resultOf({ stdout }: Answer): ServicesResult {
  return (JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { result: ServicesResult }).result;
}

const noteOf = ({ steps }: ServicesResult, name: string) => steps.find((step) => step.name === name)?.note ?? '';

/** Every service runs, under its alias, and every row is there. */
async function expectWhole(): Promise<void> {
  expect(await stack.running()).toEqual(everything);
  expect((await fetch(stack.health)).status).toBe(200);
  expect(await stack.content()).toBe(content);
}

beforeAll(async () => {
  engine = new OwnEngine();
  stack = new SmallStack(engine);
  worker = new WorkerProcess(stack.plan);
  process.env.DOCKER_HOST = engine.host;
  temporal = await startTemporal();
  await engine.start();
  await engine.load(postgresImage);
  await stack.start(temporal.address);
  worker.start();
  await worker.listening(temporal, `kintsugi-${stack.project}`);
  await until('the application answers', async () => (await fetch(stack.health).catch(() => null))?.status === 200);
  content = await stack.content();
});

afterAll(async () => {
  // All of it, whatever a part of it does: an engine that is left eats the machine.
  const ends = await Promise.allSettled([worker.stop(), temporal.teardown(), engine.remove().finally(() => stack.remove())]);
  expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
});

test('when all is well it touches nothing', async () => {
  const before = await engine.docker('ps', '--format', '{{.ID}} {{.CreatedAt}}');
  const { status, stdout } = await run('recover', 'cascade', '--dry-run');
  expect(status).toBe(0);
  expect(stdout).toContain('all containers run');
  const result = resultOf(await cascade());
  expect(result).toMatchObject({ phase: 'completed', left: [] });
  expect(noteOf(result, 'startServices')).toBe('3 containers up, 0 started');
  expect(await engine.docker('ps', '--format', '{{.ID}} {{.CreatedAt}}')).toBe(before);
});

test('all containers killed and the network gone: all is back, with aliases and options, and the database recovered by itself', async () => {
  const before = JSON.parse(await engine.docker('network', 'inspect', network())) as [
    { Options: unknown; Labels: unknown; Id: string },
  ];
  await stack.query('CREATE TABLE later AS SELECT 1');
  await engine.docker('kill', ...everything.map(container));
  await engine.docker('network', 'rm', network());
  const shown = await run('recover', 'cascade', '--dry-run');
  expect(shown.stdout).toMatch(/3 of 4 containers down \(3 exited\); network gone: small_inner/);
  expect(await stack.running()).toEqual(['']);
  const result = resultOf(await cascade());
  expect(result).toMatchObject({ phase: 'completed', left: [] });
  expect(noteOf(result, 'networks')).toBe('made small_inner; put 4 containers back');
  expect(result.findings.map(({ title }) => title)).toContain('The database server recovered from a crash by itself');
  const [after] = JSON.parse(await engine.docker('network', 'inspect', network())) as typeof before;
  expect(after.Id).not.toBe(before[0].Id);
  expect({ ...after, Id: '' }).toMatchObject({ Options: before[0].Options });
  await expectWhole();
  // What ended by design did not run again: it would have failed.
  expect(await engine.docker('inspect', '--format', '{{.State.ExitCode}}', container('once'))).toBe('0');
});

test('containers that were cut off from their network are put back while they run', async () => {
  await engine.docker('network', 'disconnect', '--force', network(), container('db'));
  await until('the application fails', async () => (await fetch(stack.health)).status === 503);
  const result = resultOf(await cascade());
  expect(noteOf(result, 'networks')).toBe('put 1 containers back');
  expect(noteOf(result, 'startServices')).toBe('3 containers up, 0 started');
  await expectWhole();
});

test('Docker killed in the middle is brought back by the plan’s command, and so is all that went with it', async () => {
  await engine.docker('kill', ...everything.map(container));
  worker.arm('startStack', 'hold');
  const recovery = cascade();
  await until('the services are about to start', () => Promise.resolve(worker.holds('startStack')));
  await engine.kill();
  worker.release('startStack');
  const result = resultOf(await recovery);
  expect(result).toMatchObject({ phase: 'completed', left: [] });
  expect(noteOf(result, 'docker')).toMatch(/^it died and was brought back: restarted; Engine \S+ answers$/);
  await expectWhole();
});

test('Docker down at the very start, and the worker killed in the middle: it is seen, said, and mended', async () => {
  await engine.docker('run', '--detach', '--name', 'of-somebody-else', postgresImage, 'sleep', '1000');
  await engine.kill();
  const shown = await run('recover', 'cascade', '--dry-run');
  expect(shown.stdout).toMatch(/Docker does not answer/);
  expect(shown.stdout).toContain(engine.restartCommand);
  const seen = await run('diagnose');
  expect(seen.status).toBe(6);
  expect(seen.stdout).toMatch(/Docker does not answer/);
  expect(seen.stdout).toMatch(/What to do: +kintsugi recover cascade/);
  worker.arm('startStack', 'during');
  const recovery = cascade();
  await until('the worker died', () => Promise.resolve(worker.ended));
  worker.start();
  const result = resultOf(await recovery);
  expect(result).toMatchObject({ phase: 'completed', left: [] });
  const decided = await execa('grep', ['-rh', 'recordDecisions', path.join(stack.folder, '.kintsugi', 'evidence')]);
  expect(decided.stdout).toContain('others run on this machine: of-somebody-else');
  await engine.docker('rm', '--force', 'of-somebody-else');
  await expectWhole();
});

test('a service that keeps crashing is named, the others come up, and it is not simply restarted again', async () => {
  stack.letCrash(true);
  await engine.docker('restart', '--time', '1', container('aside'));
  await engine.docker('kill', container('web'));
  const restarts = async () => Number(await engine.docker('inspect', '--format', '{{.RestartCount}}', container('aside')));
  await until('it loops', async () => (await restarts()) >= 3);
  const answer = await cascade();
  const result = resultOf(answer);
  expect(answer.status).toBe(5);
  expect(result).toMatchObject({ phase: 'completedWithSkippedSteps', left: [{ service: 'aside' }] });
  expect(result.message).toMatch(/^Not up: aside \(small-aside-1 keeps crashing: restarting \(exit 3\)\)\. The others are\./);
  expect(result.left[0]?.lastWords).toContain('no configuration');
  expect(await stack.content()).toBe(content);
  expect((await fetch(stack.health)).status).toBe(200);

  await until('it loops', async () => (await restarts()) >= 3);
  const refused = await run('recover', 'service', '--yes', '--by', 'tester');
  expect(refused.status).toBe(5);
  expect(refused.stderr).toMatch(/ERROR SERVICE_UNHEALTHY: small-aside-1 restarts again and again/);
  expect(refused.stderr).toContain('no configuration');
  expect(refused.stderr).toContain('Nothing was stopped or changed.');
  stack.letCrash(false);
  const done = await run('recover', 'service', '--yes', '--by', 'tester', '--anyway', '--json');
  expect(resultOf(done)).toMatchObject({ phase: 'completed', left: [] });
  await expectWhole();
});

test('a service that died is started again, with why it did; a name that is none is refused', async () => {
  await engine.docker('kill', container('web'));
  const shown = await run('recover', 'service', '--dry-run');
  expect(shown.stdout).toMatch(/web: killed with SIGKILL/);
  expect(await stack.running()).toEqual(['aside', 'db']);
  expect(resultOf(await run('recover', 'service', '--yes', '--by', 'tester', '--json'))).toMatchObject({ phase: 'completed' });
  await expectWhole();
  const wrong = await run('recover', 'service', '--yes', '--service', 'wbe');
  expect(wrong.status).toBe(2);
  expect(wrong.stderr).toContain('HINT: it has: aside, db, once, web');
  const once = await run('recover', 'service', '--yes', '--service', 'once');
  expect(once.stderr).toContain('once ends by design and must not run again by itself.');
});

test('a full disk of the database: the ballast is given up, PostgreSQL recovers, and nothing of its own is touched', async () => {
  expect(await run('backup', 'take')).toMatchObject({ status: 0 });
  await until('nothing is wrong any more', async () => (await run('diagnose')).status === 0);
  const watched = await temporal.client.workflow.execute('watchStack', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: 'watch-once',
  });
  expect(watched).toMatchObject({ state: 'well', incident: null });
  expect(statSync(path.join(stack.disk, 'kintsugi-reserve')).size).toBe(48 * 2 ** 20);

  await fillDisk('filler');
  const seen = await run('diagnose');
  expect(seen.status).toBe(6);
  expect(seen.stdout).toMatch(/the disk of the database \(\S+\) is full/);
  expect(seen.stdout).toMatch(/What to do: +kintsugi recover cascade/);
  const result = resultOf(await cascade());
  expect(result).toMatchObject({ phase: 'completed', left: [] });
  expect(noteOf(result, 'freeDisk')).toBe('freed 48.0 MB: reserve 48.0 MB');
  expect(existsSync(path.join(stack.disk, 'filler'))).toBe(true);
  await expectWhole();
});

test('with nothing that may go, it stops, says what to do, and goes on once there is room', async () => {
  await fillDisk('more');
  const answer = await run('recover', 'cascade', '--yes', '--by', 'tester');
  expect(answer.status).toBe(6);
  expect(answer.stderr).toMatch(/ERROR DISK_TOO_SMALL: The disk of the database \(\S+\) is full/);
  expect(answer.stderr).toContain('never delete anything of them by hand, least of all in pg_wal');
  expect(answer.stderr).toContain('HINT: then: kintsugi recover cascade');
  for (const file of ['filler', 'more']) rmSync(path.join(stack.disk, file));
  expect(resultOf(await cascade())).toMatchObject({ phase: 'completed', left: [] });
  await expectWhole();
});

test('on a full disk of Docker build cache goes first, and no more once enough is free; then dangling images and rotated logs', async () => {
  await build('precious:1', 'nobody runs it, and it has a name');
  await build('shop/web:1', 'the code of before');
  await build('shop/web:1', 'the code of now');
  await engine.docker('volume', 'create', 'precious');
  const log = 'head -c 3000000 /dev/zero | tr "\\0" x | fold -w 99 > /proc/1/fd/1';
  await engine.docker('exec', container('aside'), 'sh', '-c', log);
  const logPath = await engine.docker('inspect', '--format', '{{.LogPath}}', container('aside'));
  await until('a log is rotated', () => Promise.resolve(existsSync(`${logPath}.1`)));
  const dangling = () => engine.docker('images', '--quiet', '--filter', 'dangling=true');
  const before = await dangling();
  expect(before).not.toBe('');
  changePlan((text) => text.replace('free: 1MB', 'free: 100MB'));

  await leaveOnDockersDisk(70);
  const shown = await run('recover', 'cascade', '--dry-run');
  expect(shown.stdout).toMatch(/would free \S+ MB: build cache \S+ MB/);
  const first = resultOf(await cascade());
  expect(noteOf(first, 'freeDisk')).toMatch(/^freed \S+ MB: build cache \S+ MB$/);
  expect(await dangling()).toBe(before);
  expect(existsSync(`${logPath}.1`)).toBe(true);

  const had = await leaveOnDockersDisk(60);
  const second = resultOf(await cascade());
  expect(noteOf(second, 'freeDisk')).toMatch(/^freed \S+ MB: dangling image \S+ MB, rotated log \S+ MB$/);
  expect(freeOnDockersDisk() - had).toBeGreaterThan(25);
  expect(await dangling()).toBe('');
  expect(existsSync(`${logPath}.1`)).toBe(false);
  expect(existsSync(logPath)).toBe(true);
  expect(await engine.docker('volume', 'ls', '--quiet')).toContain('precious');
  const images = await engine.docker('images', '--format', '{{.Repository}}:{{.Tag}}');
  expect(images.split('\n')).toEqual(expect.arrayContaining(['precious:1', 'shop/web:1']));
  await expectWhole();
  changePlan((text) => text.replace('free: 100MB', 'free: 1MB'));
  rmSync(path.join(engine.data, 'filler'));
});

test('a fence that a terminated recovery left is lifted before what is behind it starts', async () => {
  worker.arm('restoreBeside', 'hold');
  const restore = await temporal.client.workflow.start('restoreDatabase', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `restore-${stack.project}`,
    args: [{ requestedBy: 'tester', confirm: 'shop' }],
  });
  await until('it is about to restore', () => Promise.resolve(worker.holds('restoreBeside')));
  await restore.terminate();
  worker.release('restoreBeside');
  expect(await stack.running()).toEqual(['aside', 'db']);
  const seen = await run('diagnose');
  expect(seen.stdout).toMatch(/the database shop lets nobody in: closed by a recovery that was interrupted/);
  expect(seen.stdout).toMatch(/What to do: +kintsugi recover cascade/);
  const result = resultOf(await cascade());
  expect(result).toMatchObject({ phase: 'completed', left: [] });
  expect(noteOf(result, 'clearLeftovers')).toContain('open shop to connections again');
  await expectWhole();
  expect((await run('doctor')).stdout).not.toMatch(/which has ended/);
});

test('a dropped database is told from its clients’ complaints, also without Temporal', async () => {
  await stack.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shop' AND pid <> pg_backend_pid()");
  await engine.docker(
    'exec',
    container('db'),
    'psql',
    '-qAt',
    '-U',
    'admin',
    '-d',
    'postgres',
    '-c',
    'DROP DATABASE shop WITH (FORCE)',
  );
  await until('it is missed', async () => (await fetch(stack.health)).status === 503);
  const without = path.join(stack.folder, 'without.yaml');
  writeFileSync(without, readFileSync(stack.plan, 'utf8').replace(temporal.address, '127.0.0.1:1'));
  for (const plan of [stack.plan, without]) {
    const { status, stdout } = await kintsugi(plan, 'diagnose');
    expect(status).toBe(5);
    expect(stdout).toContain('the database shop is missing (server up, 1 other databases)');
    expect(stdout).toMatch(/Most likely: +the database was dropped at about \d\d:\d\d UTC/);
    expect(stdout).toMatch(/What to do: +kintsugi recover restore .*newest backup \d\d:\d\d UTC, loses up to/);
  }
  expect((await kintsugi(without, 'diagnose')).stdout).toContain(
    'Temporal at 127.0.0.1:1 does not answer: before a recovery, kintsugi up',
  );
});

/** Builds an image with a layer of 30 MB of its own, by way of a stage of 60 MB that only the build cache keeps. */
async function build(tag: string, what: string): Promise<void> {
  const dockerfile = [
    `FROM ${postgresImage} AS tools`,
    'RUN head -c 60000000 /dev/urandom > /tools',
    `FROM ${postgresImage}`,
    'COPY --from=tools /etc/hostname /tools-were-there',
    `RUN echo "${what}" > /what && head -c 30000000 /dev/urandom > /code`,
  ].join('\n');
  const context = path.join(stack.folder, 'image');
  mkdirSync(context, { recursive: true });
  writeFileSync(path.join(context, 'Dockerfile'), dockerfile);
  // Through the API: the command needs a plug-in for BuildKit, which is what has a build cache.
  const docker = new Docker({ socketPath: engine.host.replace('unix://', '') });
  const stream = await docker.buildImage({ context, src: ['Dockerfile'] }, { t: tag, version: '2', networkmode: 'none' });
  await new Promise<void>((resolve, reject) =>
    docker.modem.followProgress(stream, (error, lines: { error?: string }[] = []) => {
      const failed = error?.message ?? lines.find((line) => line.error !== undefined)?.error;
      if (failed === undefined) resolve();
      else reject(new Error(failed));
    }),
  );
}

/** Fills the disk of Docker. @returns how much is free then, in millions of bytes. */
async function leaveOnDockersDisk(megabytes: number): Promise<number> {
  const file = path.join(engine.data, 'filler');
  const size = (existsSync(file) ? statSync(file).size : 0) + (freeOnDockersDisk() - megabytes) * 1e6;
  await execa('fallocate', ['--length', String(Math.round(size)), file]);
  return freeOnDockersDisk();
}

function freeOnDockersDisk(): number {
  const { bavail, bsize } = statfsSync(engine.data);
  return (bavail * bsize) / 1e6;
}

function changePlan(change: (text: string) => string): void {
  writeFileSync(stack.plan, change(readFileSync(stack.plan, 'utf8')));
}

/** Fills the disk, and lets PostgreSQL find out: it PANICs when it can't begin another file of WAL. */
async function fillDisk(name: string): Promise<void> {
  const { bavail, bsize } = statfsSync(stack.disk);
  await execa('dd', ['if=/dev/zero', `of=${path.join(stack.disk, name)}`, `bs=${bsize}`, `count=${bavail}`, 'status=none'], {
    reject: false,
  });
  await stack
    .query("SELECT pg_logical_emit_message(true, 'x', repeat('x', 1000000)) FROM generate_series(1, 100)")
    .catch(() => '');
  await until('PostgreSQL panics', async () => /PANIC.*No space left/.test(await logOf('db')));
  await until('it is down', async () => !(await stack.query('SELECT 1').catch(() => '')));
}

async function logOf(service: string): Promise<string> {
  const { stdout, stderr } = await execa('docker', ['logs', '--tail', '50', container(service)], { env: engine.environment });
  return stdout + stderr;
}
