/**
 * `kintsugi ready` from an empty machine to green, through every colour, and back: with a real stack, a real worker and a real mail
 * server; its page; and the worker's metrics, against which every rule and panel is checked.
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parse as parseEnvironment } from 'dotenv';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { environmentOf } from '../channels/providers/provider.ts';
import { SmtpProvider } from '../channels/providers/smtp.ts';
import { allExpressions, askedBy } from '../metrics/expressions.ts';
import { readScrape, type Scraped } from '../metrics/scrape.ts';
import { kintsugi } from './harness/kintsugi.ts';
import { freePort, TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let mail: SmtpProvider;
let metricsPort: number;

interface Ready {
  readonly level: string;
  readonly sentence: string;
  readonly loseMs: number | null;
  readonly take: { readonly highMs: number; readonly from: object } | null;
  readonly lines: readonly {
    readonly name: string;
    readonly level: string;
    readonly text: string;
    readonly command: string | null;
  }[];
}

/** @returns the exit status, the answer, and what of it is not green. */
async function ready(plan = stack.plan): Promise<{ status: number; answer: Ready; bad: Record<string, string> }> {
  const { status, stdout, stderr } = await kintsugi(plan, '--json', 'ready');
  expect(stderr).toBe('');
  const answer = JSON.parse(stdout) as Ready;
  const bad = answer.lines
    .filter(({ level }) => level !== 'green')
    .map(({ name, level, text }) => [name, `${level}: ${text}`] as const);
  return { status, answer, bad: Object.fromEntries(bad) };
}

async function run(...args: string[]): Promise<string> {
  const { status, stdout, stderr } = await kintsugi(stack.plan, ...args);
  expect(status, stdout + stderr).toBe(0);
  return stdout;
}

async function scrape(): Promise<Map<string, Scraped>> {
  const answer = await fetch(`http://127.0.0.1:${metricsPort}/metrics`);
  expect(answer.status).toBe(200);
  return readScrape(await answer.text());
}

const measured = async (name: string, labels: Record<string, string> = {}) =>
  (await scrape())
    .get(name)
    ?.samples.find((sample) => Object.entries(labels).every(([key, value]) => sample.labels[key] === value))?.value;

function secretsOfStack(): string[] {
  const environment = parseEnvironment(readFileSync(path.join(stack.folder, '.env')));
  const secrets = Object.entries(environment).flatMap(([name, value]) => (/PASSWORD|SECRET|KEY/.test(name) ? [value] : []));
  expect(secrets.length).toBeGreaterThan(0);
  return secrets;
}

beforeAll(async () => {
  [temporal, mail, metricsPort] = await Promise.all([startTemporal(), SmtpProvider.start(), freePort()]);
  stack = new TestStack({ name: 'ready', rows: 1_000, temporalAddress: temporal.address, databaseOnly: true });
  await stack.start();
  appendFileSync(path.join(stack.folder, '.env'), `\n${environmentOf(mail)}`);
  stack.changePlan((plan) => {
    plan.channels = { ...mail.plan };
    plan.people = { sato: { name: 'Sato', roles: ['primary-dba'], reach: [{ email: mail.address }] } };
    plan.backups = { ...plan.backups, floor: '1KB' };
    // No drill is on record; and who looks every few minutes would find the application gone, which this stack does not have.
    plan.schedules = { drill: 'off', watch: 'off' };
    plan.deadMansSwitch = { every: '12h' };
    plan.metrics = { listen: `127.0.0.1:${metricsPort}` };
  });
  const plan = parse(readFileSync(stack.plan, 'utf8')) as Record<string, unknown>;
  writeFileSync(path.join(stack.folder, 'offline.yaml'), stringify({ ...plan, temporal: { address: '127.0.0.1:1' } }));
  worker = await WorkerProcess.serving(stack, temporal);
});

afterAll(async () => {
  await worker.stop();
  await mail.stop();
  await stack.remove();
  await temporal.teardown();
});

test('without a backup it is red, and says what to type', async () => {
  const { status, answer, bad } = await ready();
  expect([status, answer.level]).toEqual([2, 'red']);
  expect(bad).toMatchObject({
    backup: 'red: there is no backup of uns_claudejp',
    schedules: expect.stringMatching(/^amber: not there: backups, verification/) as string,
    contacts: 'amber: it was never tried whether messages leave',
  });
  expect(answer.lines.find(({ name }) => name === 'backup')?.command).toBe('kintsugi backup take');
});

test('with a backup that was never proven it is amber, and green when it was', async () => {
  await run('backup', 'take');
  await run('schedules', 'apply');
  await run('notify', 'test', '--quiet');
  const amber = await ready();
  expect(Object.keys(amber.bad)).toEqual(['backup', 'time to recover']);
  expect([amber.status, amber.bad.backup]).toEqual([1, expect.stringContaining('no backup was ever proven to restore')]);
  const command = amber.answer.lines.find(({ name }) => name === 'backup')?.command?.split(' ') ?? [];
  await run(...command.slice(1));
  const { status, answer, bad } = await ready();
  expect(bad).toEqual({});
  expect([status, answer.level]).toEqual([0, 'green']);
  expect(answer.take?.from).toEqual({ verification: 1 });
  expect(answer.loseMs).toBeGreaterThan(0);
  expect(await run('status')).toMatch(/RPO 24 h, proven \d\d:\d\d JST/);
});

test('its page needs no network and holds no secret', async () => {
  const file = path.join(stack.folder, 'pages', 'ready.html');
  expect(await run('ready', '--html', file)).toContain(`Page: ${file}`);
  const html = readFileSync(file, 'utf8');
  expect(html).not.toMatch(/<script|<img|<link|@import|url\(|https?:\/\//);
  expect(html).toContain('Ready to recover uns_claudejp?');
  expect(html).toMatch(/class="column soft"[^>]*><title>verification/);
  for (const secret of secretsOfStack()) expect(html).not.toContain(secret);
  const nowhere = await kintsugi(stack.plan, 'ready', '--html', path.join(file, 'below', 'a', 'file.html'));
  expect([nowhere.status, nowhere.stderr]).toEqual([6, expect.stringMatching(/^ERROR IO: The page .* cannot be written/)]);
});

test('the worker tells the same as metrics, and Temporal’s beside its own', async () => {
  const labels = { stack: stack.project, database: 'uns_claudejp' };
  await until('the look is as new as the proof', async () => (await measured('kintsugi_ready', { level: 'green' })) === 1);
  expect(await measured('kintsugi_backups', { ...labels, state: 'proven' })).toBe(1);
  expect(await measured('kintsugi_backup_bytes', labels)).toBeGreaterThan(1_000);
  expect(await measured('kintsugi_rto_seconds', labels)).toBe(7_200);
  expect(await measured('kintsugi_incidents_open', { severity: 'P1' })).toBe(0);
  expect(await measured('kintsugi_schedule_state', { schedule: 'backups', state: 'active' })).toBe(1);
  // The rule on them takes 0 for a worker that is full.
  const slots = (await scrape()).get('temporal_worker_task_slots_available')?.samples ?? [];
  expect(slots.length).toBeGreaterThan(1);
  expect(slots.filter(({ value }) => value <= 0)).toEqual([]);
  expect((await fetch(`http://127.0.0.1:${metricsPort}/`)).status).toBe(404);
  expect((await fetch(`http://127.0.0.1:${metricsPort}/metrics`, { method: 'POST' })).status).toBe(405);
});

test('a paused schedule, a failed recovery and its incident make it amber', async () => {
  await run('schedules', 'pause', 'integrity', '--reason', 'a test');
  const failed = temporal.client.workflow.execute('restoreDatabase', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `restore-${stack.project}`,
    args: [{ backup: 'not-there', requestedBy: 'Sato' }],
  });
  await expect(failed).rejects.toThrow();
  await until('the incident is listed', async () => 'incidents' in (await ready()).bad);
  const { status, bad } = await ready();
  expect(bad).toEqual({
    schedules: 'amber: paused: integrity',
    incidents: `amber: P1 incident-${stack.project}-restoreDatabase-uns_claudejp (triggered)`,
  });
  expect(status).toBe(1);
});

test('every metric, label and value in the rules and the dashboard is one that a worker tells', async () => {
  await until('the incident is told', async () => (await measured('kintsugi_incidents_open', { severity: 'P1' })) === 1);
  const found = await scrape();
  for (const { where, expr, templates } of allExpressions()) {
    const { metrics, groupings } = askedBy(expr);
    for (const { metric, labels } of metrics) {
      const scraped = found.get(metric);
      expect(scraped, `${where}: ${metric}`).toBeDefined();
      const told = new Set(scraped?.samples.flatMap((sample) => Object.keys(sample.labels)));
      // Of a drill there is no value before the first one.
      if (told.size === 0) continue;
      for (const name of [...labels.map((label) => label.name), ...groupings, ...templates])
        expect([...told], `${where}: ${metric}`).toContain(name);
      for (const { name, value } of labels.filter((label) => label.name !== 'stack' && label.value !== null))
        expect(
          scraped?.samples.map((sample) => sample.labels[name]),
          `${where}: ${metric} ${name}`,
        ).toContain(value);
    }
  }
});

test('the worker’s log is a JSON object a line, and says of which run and incident', () => {
  const lines = readFileSync(path.join(stack.folder, 'worker.log'), 'utf8').trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const ofRun = entries.filter(({ workflowId }) => workflowId === `restore-${stack.project}`);
  expect(ofRun).not.toEqual([]);
  for (const entry of ofRun) expect(entry).toMatchObject({ stack: stack.project, runId: expect.any(String) as string });
  const incident = `incident-${stack.project}-restoreDatabase-uns_claudejp`;
  expect(ofRun.filter((entry) => entry.incident === incident && entry.activityType === 'chooseBackup')).not.toEqual([]);
  for (const secret of secretsOfStack()) expect(lines.join('\n')).not.toContain(secret);
});

test('it is red when the database or Temporal is down, and still says all the rest', async () => {
  await stack.compose('stop', 'db');
  const { status, answer, bad } = await ready();
  expect([status, answer.level]).toEqual([2, 'red']);
  expect(bad.database).toMatch(/^red: The database server of .* is down: its container .* is not running/);
  expect(answer.lines.find(({ name }) => name === 'database')?.command).toBe('kintsugi diagnose');
  expect(answer.lines.find(({ name }) => name === 'backup')?.level).toBe('green');
  await until('the metrics tell it', async () => (await measured('kintsugi_look_failed', { part: 'server' })) === 1);
  expect(await measured('kintsugi_ready', { level: 'red' })).toBe(1);
  await stack.compose('start', 'db');

  const offline = path.join(stack.folder, 'offline.yaml');
  const without = await ready(offline);
  expect(without.status).toBe(2);
  expect(without.bad.Temporal).toMatch(/^red: The Temporal server at 127\.0\.0\.1:1 does not answer: .*a recovery cannot start$/);
  expect(without.answer.lines.find(({ name }) => name === 'backup')?.level).toBe('green');
  expect(without.answer.lines.find(({ name }) => name === 'contacts')?.level).toBe('green');
});

test('a plan that can’t be read is no answer: monitors call it unknown', async () => {
  const broken = path.join(stack.folder, 'broken.yaml');
  writeFileSync(broken, 'version: 2\n');
  expect((await kintsugi(broken, 'ready')).status).toBe(3);
});
