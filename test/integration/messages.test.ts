/** Messages through the real worker: `kintsugi notify test`, Retry-After, a worker killed around a send, a message no longer wanted. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { evidenceFile } from '../../src/evidence/line.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import { type LoadedPlan, loadPlan } from '../../src/plan/load.ts';
import type { NotifyTestResult } from '../../src/workflows/contract.ts';
import { taskQueueOf } from '../../src/workflows/task-queues.ts';
import { message } from '../channels/message.ts';
import { PagerdutyProvider } from '../channels/providers/pagerduty.ts';
import type { Provider } from '../channels/providers/provider.ts';
import { SlackProvider } from '../channels/providers/slack.ts';
import { SmsProvider } from '../channels/providers/twilio.ts';
import { WebhookProvider } from '../channels/providers/webhook.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import type { wanting } from './harness/wanting-workflow.ts';
import { WorkerProcess } from './harness/worker.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kintsugi-messages-'));
const plan = path.join(folder, 'kintsugi.yaml');
const program = fileURLToPath(new URL('../../bin/kintsugi.js', import.meta.url));

let loaded: LoadedPlan;
let temporal: TestWorkflowEnvironment;
let worker: WorkerProcess;
let slack: SlackProvider;
let pagerduty: PagerdutyProvider;
let webhook: WebhookProvider;
let sms: SmsProvider;
let all: readonly Provider[];

beforeAll(async () => {
  temporal = await startTemporal();
  [slack, pagerduty, webhook, sms] = await Promise.all([
    SlackProvider.start(),
    PagerdutyProvider.start(),
    WebhookProvider.start(),
    SmsProvider.start(),
  ]);
  all = [slack, pagerduty, webhook, sms];
  const channels = Object.assign({ timeout: '5s' }, ...all.map((provider) => provider.plan));
  const reach = [{ slack: 'U0SATO' }, { pagerduty: 'dba' }, { webhook: 'ops' }, { sms: sms.address }];
  writeFileSync(
    plan,
    stringify({
      version: 1,
      stack: { project: 'messages' },
      database: { name: 'app', user: 'me' },
      temporal: { address: temporal.address },
      channels,
      people: {
        sato: { name: '佐藤', roles: ['primary-dba'], language: 'ja', reach },
        tanaka: { name: 'Tanaka', roles: ['devops-lead'], reach: [{ email: 'tanaka@example.com' }] },
      },
    }),
  );
  // The worker finds its secrets where users put them.
  const secrets: Record<string, string> = Object.assign({}, ...all.map((provider) => provider.secrets));
  writeFileSync(
    path.join(folder, '.env'),
    Object.entries(secrets)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(''),
  );
  loaded = await loadPlan(plan);
  worker = new WorkerProcess(plan);
  worker.start();
  await until('the worker listens', async () => (await notifyTest('--person', 'tanaka', '--channel', 'file')).sent !== undefined);
});

afterAll(async () => {
  await worker.stop();
  await Promise.all(all.map((provider) => provider.stop()));
  await temporal.teardown();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  await Promise.all(all.map((provider) => provider.behave('answer')));
});

async function notifyTest(...options: string[]): Promise<NotifyTestResult & { exitCode: number | undefined }> {
  const { stdout, exitCode } = await execa(process.execPath, [program, 'notify', 'test', '--json', '--plan', plan, ...options], {
    reject: false,
  });
  return { ...(JSON.parse(stdout) as NotifyTestResult), exitCode };
}

const outcomes = ({ sent }: NotifyTestResult) => Object.fromEntries(sent.map(({ channel, outcome }) => [channel, outcome]));

test('notify test reaches every contact over each way and names the ways that nothing serves', async () => {
  const result = await notifyTest();
  expect(outcomes(result)).toEqual({
    slack: 'delivered',
    pagerduty: 'accepted',
    webhook: 'delivered',
    sms: 'delivered',
    terminal: 'accepted',
    file: 'accepted',
  });
  expect(result.unserved).toEqual([{ person: 'tanaka', channel: 'email', address: 'tanaka@example.com' }]);
  expect(result.exitCode).toBe(6);
  expect(slack.received().at(-1)?.text).toContain('テスト送信');
});

/** Starts a test of one way and leaves it running. @returns its workflow id and its result to come. */
async function started(channel: string) {
  const workflowId = `notify-${channel}-${++count}`;
  const handle = await temporal.client.workflow.start('notifyTest', {
    taskQueue: taskQueueOf(loaded.plan),
    workflowId,
    args: [{ person: 'sato', channel }],
  });
  const evidence = async () => {
    const { lines } = await readEvidence(evidenceFile(loaded.stateFolder, workflowId, handle.firstExecutionRunId));
    return lines.filter(({ activity }) => activity === 'sendMessage');
  };
  return { evidence, result: () => handle.result() as Promise<NotifyTestResult> };
}
let count = 0;

test('Retry-After is respected, and each attempt is in the evidence', async () => {
  await slack.behave('busy');
  const { evidence, result } = await started('slack');
  await until('the first attempt has failed', async () => (await evidence()).length === 1);
  await slack.behave('answer');
  expect(outcomes(await result())).toEqual({ slack: 'delivered' });
  const [first, second] = await evidence();
  expect(first).toMatchObject({ attempt: 1, outcome: 'failed', code: 'CHANNEL_BUSY' });
  expect(first?.message).toContain('slack to 佐藤 (U0SATO)');
  expect(second).toMatchObject({
    attempt: 2,
    outcome: 'done',
    result: { recipient: 'sato', channel: 'slack', outcome: 'delivered' },
  });
  expect(second?.result).toMatchObject({ providerId: expect.stringMatching(/^D0SATO:/), why: 'posted in D0SATO' });
  // The provider asked for seven seconds.
  expect(Date.parse(second?.startedAt ?? '') - Date.parse(first?.endedAt ?? '')).toBeGreaterThanOrEqual(6_900);
});

test('a worker that dies when the message is out and Temporal does not know: it is not sent again', async () => {
  const before = sms.received().length;
  worker.arm('sendMessage', 'after');
  const { result } = await started('sms');
  await until('the worker is dead', async () => worker.ended);
  worker.start();
  expect(outcomes(await result())).toEqual({ sms: 'delivered' });
  expect(sms.received().slice(before)).toHaveLength(1);
});

test('a worker that dies between “sent” and “recorded”: the message is found at the provider', async () => {
  const before = slack.received().length;
  await slack.behave('slow');
  const { result } = await started('slack');
  await until('the provider has it', async () => slack.received().length > before);
  await worker.kill();
  await slack.behave('answer');
  worker.start();
  expect(outcomes(await result())).toEqual({ slack: 'delivered' });
  expect(slack.received().slice(before)).toHaveLength(1);
});

test('what is no longer wanted when its turn comes is not sent', async () => {
  const asking = await Worker.create({
    connection: temporal.nativeConnection,
    taskQueue: 'wanting',
    workflowsPath: fileURLToPath(new URL('harness/wanting-workflow.ts', import.meta.url)),
  });
  const ask = (workflowId: string, wanted: boolean) =>
    temporal.client.workflow.execute<typeof wanting>('wanting', {
      taskQueue: 'wanting',
      workflowId,
      args: [loaded.plan, message('webhook', 'ops', { key: workflowId }), { wanted, why: 'the incident is resolved' }],
    });
  const before = webhook.received().length;
  await asking.runUntil(async () => {
    expect(await ask('not-wanted', false)).toMatchObject({ outcome: 'nothingSent', why: 'the incident is resolved' });
    expect(webhook.received().slice(before)).toHaveLength(0);
    expect(await ask('wanted', true)).toMatchObject({ outcome: 'delivered' });
    expect(webhook.received().slice(before)).toHaveLength(1);
  });
});
