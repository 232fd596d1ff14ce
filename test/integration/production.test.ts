/**
 * `docker-compose.temporal.yml`: Compose reads it, and the same parts run from binaries, since its images can't be pulled everywhere: the
 * production server with PostgreSQL as its store, its schema and its namespace made by the very scripts that the containers run.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadPlan } from '../../src/plan/load.ts';
import type { RestoreResult } from '../../src/workflows/contract.ts';
import { kintsugi } from './harness/kintsugi.ts';
import { freePort, TestStack } from './harness/stack.ts';
import { until } from './harness/wait.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tools = path.join(root, '.kintsugi', 'tools', 'bin');

interface ComposeService {
  readonly image: string;
  readonly restart?: string;
  readonly healthcheck?: object;
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly { readonly type: string; readonly source?: string; readonly target: string }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}

describe('the Compose file for production', () => {
  let services: Readonly<Record<string, ComposeService | undefined>>;
  let text: string;
  const all = () => Object.values(services).filter((service) => service !== undefined);

  beforeAll(async () => {
    await execa('sh', [path.join(root, 'production', 'prepare.sh')]);
    const file = path.join(root, 'docker-compose.temporal.yml');
    const { stdout } = await execa(path.join(tools, 'docker-compose'), [
      '--file',
      file,
      '--profile',
      'kintsugi',
      'config',
      '--format',
      'json',
    ]);
    text = stdout;
    ({ services } = JSON.parse(stdout) as { services: Record<string, ComposeService> });
  });

  test('names every image by its exact version, and none that is deprecated', () => {
    for (const { image } of all()) {
      expect(image).toMatch(/:\d+\.\d+(\.\d+)?(-[a-z]+)?$/);
      expect(image).not.toMatch(/auto-setup|temporalio\/base-/);
    }
  });

  test('starts in order: what is waited for has a health check, or ends by itself', () => {
    const waited = all().flatMap(({ depends_on = {} }) => Object.entries(depends_on));
    expect(waited.length).toBeGreaterThan(4);
    for (const [name, { condition }] of waited) {
      if (condition === 'service_healthy') expect(services[name]).toHaveProperty('healthcheck');
      else expect(condition).toBe('service_completed_successfully');
    }
  });

  test('restarts everything, keeps logs small, and the database on a named volume', () => {
    for (const { restart, logging } of all()) {
      expect(restart).toMatch(/^(unless-stopped|on-failure:\d+)$/);
      expect(logging?.options).toHaveProperty('max-size');
    }
    expect(services['temporal-db']?.volumes).toContainEqual(
      expect.objectContaining({ type: 'volume', source: 'temporal_db', target: '/var/lib/postgresql/data' }),
    );
  });

  test('has the password in a file only', async () => {
    const { stdout: password } = await execa('cat', [path.join(root, 'production', 'secrets', 'temporal_db_password')]);
    expect(password).toMatch(/^[0-9a-f]{48}$/);
    expect(text).not.toContain(password);
    for (const { environment = {} } of all())
      for (const name of Object.keys(environment)) expect(name).not.toMatch(/^(POSTGRES_PWD|POSTGRES_PASSWORD|SQL_PASSWORD)$/);
  });

  test('comes with a plan that protects Temporal’s own database', async () => {
    const { plan } = await loadPlan(path.join(root, 'production', 'kintsugi.yaml'));
    expect(plan.database).toMatchObject({ service: 'temporal-db', name: 'temporal' });
    expect(Object.keys(services)).toEqual(expect.arrayContaining([plan.database.service, ...plan.stack.runOnce]));
  });
});

/** Temporal keeps its ports in a smallint: those that the system gives out are too high. */
async function lowPorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let port = 20_000 + (process.pid % 10_000); ports.length < count; port += 1) {
    const free = await freePort(port).catch(() => null);
    if (free !== null) ports.push(free);
  }
  return ports;
}

describe('the production server with PostgreSQL as its store', () => {
  const database = 'kintsugi-test-temporal-db';
  let stack: TestStack;
  let environment: Record<string, string>;
  let server: ChildProcess | undefined;
  let address: string;
  let content: string;

  const script = (name: string) =>
    execa('sh', [path.join(root, 'production', name)], { env: { ...environment, PATH: `${tools}:${process.env.PATH}` } });
  const startServer = () => {
    const log = openSync(path.join(stack.folder, 'temporal-server.log'), 'a');
    server = spawn('sh', [path.join(root, 'production', 'server.sh')], {
      stdio: ['ignore', log, log],
      env: { ...process.env, ...environment },
    });
  };
  const answers = async () => {
    const connection = await Connection.connect({ address, connectTimeout: 10_000 }).catch(() => null);
    await connection?.close();
    return connection !== null;
  };

  beforeAll(async () => {
    const ports = await lowPorts(10);
    const [databasePort, frontend, ...others] = ports.map(String);
    address = `127.0.0.1:${frontend}`;
    stack = new TestStack({ name: 'production', rows: 100_000, temporalAddress: address, databaseOnly: true });
    await stack.start();
    content = await stack.content();
    const passwordFile = path.join(stack.folder, 'temporal-db-password');
    writeFileSync(passwordFile, 'a password with spaces, and "quotes"'.replaceAll('"', ''));
    const entrypoint = path.join(stack.folder, 'entrypoint.sh');
    writeFileSync(entrypoint, `#!/bin/sh\nexec ${path.join(tools, 'temporal-server')} start\n`);
    chmodSync(entrypoint, 0o755);
    const names = [
      'FRONTEND_MEMBERSHIP',
      'FRONTEND_HTTP',
      'MATCHING_GRPC',
      'MATCHING_MEMBERSHIP',
      'HISTORY_GRPC',
      'HISTORY_MEMBERSHIP',
    ];
    const ofServices = [...names, 'WORKER_GRPC', 'WORKER_MEMBERSHIP'].map((name, at) => [`${name}_PORT`, others[at] ?? '']);
    environment = {
      DB: 'postgres12',
      DB_PORT: databasePort ?? '',
      POSTGRES_SEEDS: '127.0.0.1',
      POSTGRES_USER: 'temporal',
      PASSWORD_FILE: passwordFile,
      ENTRYPOINT: entrypoint,
      BIND_ON_IP: '127.0.0.1',
      FRONTEND_GRPC_PORT: frontend ?? '',
      ...Object.fromEntries(ofServices),
      DYNAMIC_CONFIG_FILE_PATH: path.join(root, 'production', 'dynamic-config.yaml'),
      NUM_HISTORY_SHARDS: '4',
      LOG_LEVEL: 'warn',
      TEMPORAL_ADDRESS: address,
      NAMESPACE: 'default',
      RETENTION: '9504h',
    };
    mkdirSync(path.join(stack.folder, 'temporal'), { recursive: true });
    const { stdout: image } = await execa('docker', ['inspect', '--format', '{{.Config.Image}}', stack.database]);
    await execa('docker', ['rm', '--force', '--volumes', database], { reject: false });
    const options = ['--detach', '--name', database, '--network', 'host', '--init', '--volume', `${passwordFile}:/password:ro`];
    const settings = ['--env', 'POSTGRES_USER=temporal', '--env', 'POSTGRES_PASSWORD_FILE=/password'];
    await execa('docker', ['run', ...options, ...settings, image, 'postgres', '-p', databasePort ?? '']);
    await until('Temporal’s database answers', async () => {
      const asked = ['exec', database, 'pg_isready', '--host=127.0.0.1', `--port=${databasePort}`];
      return (await execa('docker', asked, { reject: false })).exitCode === 0;
    });
  });

  afterAll(async () => {
    await kintsugi(stack.plan, 'down', '--yes');
    server?.kill('SIGKILL');
    await execa('docker', ['rm', '--force', '--volumes', database], { reject: false });
    await stack.remove();
  });

  test('gets its schema from production/schema.sh, which leaves alone what is there', async () => {
    await script('schema.sh');
    const again = await script('schema.sh');
    expect(again.exitCode).toBe(0);
    startServer();
    await until('the server answers', answers);
  });

  test('gets its namespace, with the retention that audits want, from production/namespace.sh', async () => {
    await script('namespace.sh');
    await script('namespace.sh');
    const connection = await Connection.connect({ address });
    const { config } = await connection.workflowService.describeNamespace({ namespace: 'default' });
    expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(9504 * 3600);
    await connection.close();
  });

  test('killed with SIGKILL in the middle of a recovery, it comes back and the recovery goes on', async () => {
    const up = await kintsugi(stack.plan, 'up', '--no-schedules');
    expect(up.stdout).toContain('not ours, so kintsugi down leaves it running');
    expect((await kintsugi(stack.plan, 'backup', 'take')).status).toBe(0);
    await stack.query('DELETE FROM timer_cards', 'uns_claudejp');
    const choices = ['--yes', '--by', 'tester', '--reason', 'test', '--skip', 'freshBackup', '--detach'];
    expect((await kintsugi(stack.plan, 'recover', 'restore', ...choices)).status).toBe(0);
    await until('the restore runs', async () => (await stack.jobs()).includes('restore-1'));
    const ended = server === undefined ? Promise.resolve() : once(server, 'exit');
    server?.kill('SIGKILL');
    await ended;
    startServer();
    await until('the server answers again', answers);
    const connection = await Connection.connect({ address });
    const handle = new Client({ connection }).workflow.getHandle(`restore-${stack.project}`);
    expect(((await handle.result()) as RestoreResult).phase).toBe('completedWithSkippedSteps');
    await connection.close();
    expect(await stack.content()).toBe(content);
    expect(await stack.jobs()).toEqual([]);
  });
});
