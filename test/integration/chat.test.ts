/** From a slash command, sent by a real signed request to `kintsugi chat` as users run it, to the restored database. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RestoreResult } from '../../src/workflows/contract.ts';
import { secrets } from '../chat/harness/plan.ts';
import { SlackSide } from '../chat/harness/slack-side.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

const program = fileURLToPath(new URL('../../bin/kintsugi.js', import.meta.url));
const slack = new SlackSide();
let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess | undefined;
let chat: ChildProcess | undefined;
let said = '';
let content: string;
let backup: { id: string };

beforeAll(async () => {
  await slack.listen();
  temporal = await startTemporal();
  stack = new TestStack({ name: 'chat', rows: 2_000, temporalAddress: temporal.address, databaseOnly: true });
  await stack.start();
  stack.changePlan((plan) => {
    plan.people = { sato: { name: '佐藤', roles: ['primary-dba'], reach: [{ slack: 'C0INCIDENTS' }] } };
    plan.permissions = { start: ['primary-dba'] };
    plan.channels = {
      slack: {
        token: { env: 'SLACK_TOKEN' },
        signingSecret: { env: 'SLACK_SIGNING' },
        url: slack.api,
        users: { U0SATO: 'sato' },
      },
    };
    plan.escalation = { recoveredAfter: '1s' };
  });
  worker = new WorkerProcess(stack.plan);
  worker.start(secrets);
  await worker.listening(temporal, `kintsugi-${stack.project}`);
  content = await stack.content();
  backup = (await temporal.client.workflow.execute('takeBackup', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: 'backup',
    args: [{ fingerprints: true }],
  })) as { id: string };
  chat = spawn(process.execPath, [program, 'chat', '--port', '0', '--plan', stack.plan], {
    env: { ...process.env, ...secrets },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [chat.stdout, chat.stderr]) stream?.on('data', (text) => (said += String(text)));
  await until('the chat listens', async () => said.includes('/healthz'));
  slack.target = /(http:\/\/127\.0\.0\.1:\d+)\/slack\/events/.exec(said)?.[1] ?? '';
});

afterAll(async () => {
  chat?.kill('SIGKILL');
  await worker?.stop();
  await stack.remove();
  await temporal.teardown();
  await slack.stop();
});

const typed = (text: string, user = 'U0SATO') => slack.send(slack.signed(slack.command(text, user)));
const answered = (text: string) => until(text, async () => slack.answers.at(-1)?.text.includes(text) === true);

test('it says what it serves and where that is entered', () => {
  expect(said).toContain(`Serving ${stack.project} until Ctrl-C:`);
  expect(said).toContain('/slack/events   request URL of the slash command and of interactivity');
});

test('a lost database comes back by a slash command, and the channel is told', async () => {
  await stack.dropDatabase();
  await typed('recover restore --severity P1 --reason "dropped by mistake"', 'U0EVE');
  await answered('The plan does not know you (U0EVE)');

  await typed('recover restore --severity P1 --reason "dropped by mistake"');
  await answered('Will restore uns_claudejp from');
  const shown = slack.answers.at(-1);
  for (const part of [backup.id, 'lost', 'takes', 'disk']) expect(shown?.text).toContain(part);
  const nonce = shown?.blocks?.flatMap(({ elements = [] }) => elements)[0]?.value ?? '';
  await slack.send(slack.signed(slack.press('U0SATO', 'kintsugi:confirm', nonce)));
  await until('the form opens', async () => slack.forms.length === 1);
  const [form] = slack.forms;
  if (form === undefined) throw new Error('no form');
  expect((await slack.send(slack.signed(slack.submit('U0SATO', form, 'uns_claudejp')))).body).toBe('');
  await answered('is started and goes on by itself');

  const recovery = temporal.client.workflow.getHandle(`restore-${stack.project}`);
  const result = (await recovery.result()) as RestoreResult;
  // This stack has no application, so nothing to ask for its health.
  expect(result.skipped).toEqual(['health']);
  expect(result).toMatchObject({ phase: 'completedWithSkippedSteps', approvals: [{ by: '佐藤', reason: 'dropped by mistake' }] });
  expect(await stack.content()).toBe(content);
  await typed('status');
  await answered(backup.id);
  await until('the channel hears the end', async () => slack.posts.length > 1);
  expect(slack.posts.every(({ channel }) => channel === 'C0INCIDENTS')).toBe(true);
  expect(slack.posts[0]?.text).toContain('P1');
  // One thread an incident.
  expect(slack.posts.slice(1).every(({ thread }) => thread === '1764000000.000001')).toBe(true);
});

test('SIGTERM ends it in order', async () => {
  if (chat === undefined) throw new Error('the chat was not started');
  const ended = once(chat, 'exit');
  chat.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  expect(said).toContain('Recoveries go on without it.');
});
