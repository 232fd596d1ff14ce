/** Stacks that don't work: an error that helps, the old data and the services as they were. */
import { appendFileSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, kintsugi } from './harness/kintsugi.ts';
import { freePort, TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { expectError, expectUntouched, type State, stateOf, status } from './harness/untouched.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let before: State;

const restore = (...args: string[]): Promise<Answer> =>
  kintsugi(stack.plan, 'recover', 'restore', '--yes', '--by', 'tester', '--reason', 'test', ...args);

const inFolder = (name: string) => path.join(stack.folder, name);

/** Changes a file of the stack for one test. */
async function changed(name: string, change: (file: string) => void, check: () => Promise<void>): Promise<void> {
  const file = inFolder(name);
  copyFileSync(file, `${file}.kept`);
  try {
    change(file);
    await check();
  } finally {
    copyFileSync(`${file}.kept`, file);
  }
}

const changedPlan = (change: Parameters<TestStack['changePlan']>[0], check: () => Promise<void>) =>
  changed('kintsugi.yaml', () => stack.changePlan(change), check);

/** The database is brought back by hand, as the error says; the application follows by itself. */
async function healthyAgain(): Promise<void> {
  await until('the application is healthy', async () => {
    const answer = await fetch(stack.health).catch(() => null);
    return answer?.status === 200 && (await stack.running()).length === before.running.length;
  });
  await stack.compose('up', '--detach', '--wait');
}

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'bad-stack', rows: 2_000, temporalAddress: temporal.address });
  await stack.start();
  stack.changePlan((plan) => {
    plan.restore = { ...plan.restore, connectWithin: '5s', freshBackup: false };
  });
  worker = await WorkerProcess.serving(stack, temporal);
  expect(await kintsugi(stack.plan, 'backup', 'take')).toMatchObject({ status: 0 });
  before = await stateOf(stack);
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

test('a wrong password', async () => {
  const wrong = (file: string) =>
    writeFileSync(file, readFileSync(file, 'utf8').replace(/^POSTGRES_PASSWORD=.*$/m, 'POSTGRES_PASSWORD=wrong'));
  await changed('.env', wrong, async () => {
    const answer = await restore();
    expectError(answer, status.target, 'DATABASE_AUTH', 'refuses the user uns_admin', 'database.password of the plan');
  });
  await expectUntouched(stack, before);
});

describe('the database’s container', () => {
  test('is stopped', async () => {
    await execa('docker', ['stop', stack.database]);
    const answer = await restore();
    expectError(answer, status.target, 'DATABASE_SERVER_DOWN', `its container ${stack.database} is not running (exit 0)`);
    expect(answer.stderr).toContain(`HINT: docker compose -p ${stack.project} up -d db`);
    await execa('docker', ['start', stack.database]);
    await healthyAgain();
    await expectUntouched(stack, before);
  });

  test('is missing', async () => {
    await execa('docker', ['rm', '--force', stack.database]);
    const answer = await restore();
    expectError(answer, status.target, 'STACK_MISSING', 'has no container of the service db.', 'up -d db');
    await stack.compose('up', '--detach', '--wait', 'db');
    await healthyAgain();
    await expectUntouched(stack, before);
  });

  test('restarts again and again', async () => {
    await stack.query("ALTER SYSTEM SET shared_preload_libraries = 'not_there'");
    const image = (await execa('docker', ['inspect', '--format', '{{.Config.Image}}', stack.database])).stdout;
    await execa('docker', ['restart', stack.database]);
    const answer = await restore();
    expectError(answer, status.target, 'DATABASE_SERVER_DOWN', 'does not answer within 5s', 'logs --tail 50 db');
    const mend = ['sed', '-i', '/not_there/d', '/var/lib/postgresql/data/postgresql.auto.conf'];
    await execa('docker', [
      'run',
      '--rm',
      '--network',
      'none',
      '--volumes-from',
      stack.database,
      '--entrypoint',
      '',
      image,
      ...mend,
    ]);
    await healthyAgain();
    await expectUntouched(stack, before);
  });
});

test('Docker is down', async () => {
  await worker.stop();
  worker.start({ DOCKER_HOST: `unix://${inFolder('nobody.sock')}` });
  await worker.listening(temporal, `kintsugi-${stack.project}`);
  expectError(await restore(), status.environment, 'DOCKER_UNREACHABLE', 'The Docker Engine does not answer', 'kintsugi doctor');
  await worker.stop();
  worker.start();
  await worker.listening(temporal, `kintsugi-${stack.project}`);
  await expectUntouched(stack, before);
});

test('the Compose file is broken', async () => {
  await changed(
    'docker-compose.yml',
    (file) => appendFileSync(file, '\n  broken: [\n'),
    async () => {
      const answer = await restore();
      expectError(answer, status.target, 'COMPOSE_INVALID', 'Compose does not accept docker-compose.yml: ', 'config');
    },
  );
  await expectUntouched(stack, before);
});

describe('two stacks with one project name', () => {
  const other = () => inFolder('other');

  test('both run', async () => {
    mkdirSync(other(), { recursive: true });
    copyFileSync(inFolder('.env'), path.join(other(), '.env'));
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose fills it in.
    const service = { image: '${KINTSUGI_IMAGE_REDIS:-redis:7-bookworm}', command: ['redis-server'], stop_grace_period: '1s' };
    writeFileSync(path.join(other(), 'docker-compose.yml'), JSON.stringify({ services: { stranger: service } }));
    const compose = (...args: string[]) =>
      stack.compose('--project-directory', other(), '--file', path.join(other(), 'docker-compose.yml'), ...args);
    await compose('up', '--detach', 'stranger');
    const answer = await restore();
    expectError(answer, status.target, 'STACK_AMBIGUOUS', 'Two stacks use the project name', other(), 'COMPOSE_PROJECT_NAME');
    await compose('rm', '--stop', '--force', 'stranger');
    await expectUntouched(stack, before);
  });

  test('the one that runs is not the plan’s', async () => {
    mkdirSync(other(), { recursive: true });
    for (const name of ['.env', 'docker-compose.yml']) copyFileSync(inFolder(name), path.join(other(), name));
    await changedPlan(
      (plan) => {
        plan.stack = { ...plan.stack, folder: './other' };
      },
      async () => {
        const answer = await restore();
        expectError(
          answer,
          status.target,
          'STACK_AMBIGUOUS',
          `was started in ${stack.folder}; the plan speaks of`,
          'stack.folder',
        );
      },
    );
    await expectUntouched(stack, before);
  });
});

test('a health address takes calls and never answers: the restored database is live, and the way back is told and works', async () => {
  const silent = createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => silent.listen(port, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${port}/`;
  let back = '';
  await changedPlan(
    (plan) => {
      plan.health = [{ name: 'silent', url, within: '2s' }] as never;
    },
    async () => {
      const answer = await restore();
      expect(answer.stderr).toContain(`ERROR HEALTH_FAILED: ${url} does not answer 200 within 2s`);
      expect(answer.stderr).toContain('The restored database is live; the old one is kept as uns_claudejp_replaced_');
      expect(answer.status).toBe(status.target);
      expect({ ...(await stateOf(stack)), databases: before.databases }).toEqual(before);
      back = /kintsugi undo (\S+)/.exec(answer.stderr)?.[1] ?? '';
    },
  );
  expect(await kintsugi(stack.plan, 'undo', back, '--yes')).toMatchObject({ status: 0 });
  for (const name of (await stack.databases()).filter((each) => each.includes('_replaced_')))
    await stack.query(`DROP DATABASE "${name}"`);
  await expectUntouched(stack, before);
  silent.close();
});
