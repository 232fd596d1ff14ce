/**
 * The report of an incident: a real recovery opens it, people are called over real protocols, one of them may not approve, another
 * does; it is explained and closed, and its report is read back, also when Temporal does not know it any more.
 */
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parse as parseEnvironment } from 'dotenv';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { IncidentView } from '../../src/incident/contract.ts';
import type { IncidentReport } from '../../src/reports/incident/report.ts';
import { PagerdutyProvider } from '../channels/providers/pagerduty.ts';
import type { Provider } from '../channels/providers/provider.ts';
import { SlackProvider } from '../channels/providers/slack.ts';
import { SmtpProvider } from '../channels/providers/smtp.ts';
import { SmsProvider } from '../channels/providers/twilio.ts';
import { WebhookProvider } from '../channels/providers/webhook.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

const program = fileURLToPath(new URL('../../bin/kintsugi.js', import.meta.url));
const signing = { SLACK_SIGNING: '8f742231b10e8888abcd99yyyzzz85a5', PAGERDUTY_HOOK: 'hook-secret-of-pagerduty-0001' };

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let providers: Provider[];
let recovery: WorkflowHandle;
let incident: WorkflowHandle;

async function kintsugi(args: readonly string[], offline = false): Promise<string> {
  const plan = offline ? path.join(stack.folder, 'offline.yaml') : stack.plan;
  return (await execa('node', [program, '--plan', plan, ...args])).stdout;
}
const report = async (offline = false) =>
  JSON.parse(await kintsugi(['report', incident.workflowId, '--format', 'json'], offline)) as IncidentReport;
const view = () => incident.query<IncidentView>('incident');
const deed = (name: string, input: object) => incident.executeUpdate<string, [object]>(name, { args: [input] });

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'incident', rows: 1_000, temporalAddress: temporal.address });
  await stack.start();
  const [smtp, slack, sms, webhook, pagerduty] = await Promise.all([
    SmtpProvider.start(),
    SlackProvider.start(),
    SmsProvider.start(),
    WebhookProvider.start(),
    PagerdutyProvider.start(),
  ]);
  providers = [smtp, slack, sms, webhook, pagerduty];
  const secrets: Record<string, string> = Object.assign({ ...signing }, ...providers.map((provider) => provider.secrets));
  const lines = Object.entries(secrets).map(([name, value]) => `${name}="${value}"\n`);
  appendFileSync(path.join(stack.folder, '.env'), `\n${lines.join('')}`);
  stack.changePlan((plan) => {
    const channels: Record<string, object> = Object.assign({}, ...providers.map((provider) => provider.plan));
    channels.slack = { ...channels.slack, signingSecret: { env: 'SLACK_SIGNING' } };
    channels.pagerduty = { ...channels.pagerduty, webhookSecret: { env: 'PAGERDUTY_HOOK' } };
    plan.channels = channels;
    plan.people = {
      sato: { name: '佐藤', roles: ['primary-dba'], reach: [{ slack: 'U0SATO' }, { email: smtp.address }] },
      tanaka: { name: 'Tanaka', roles: ['devops-lead'], language: 'ja', reach: [{ webhook: 'ops' }, { sms: sms.address }] },
      suzuki: { name: 'Suzuki', roles: ['secondary-dba'], reach: [{ email: smtp.address }] },
      ito: { name: 'Ito', roles: ['support-team'], reach: [{ pagerduty: 'dba' }] },
    };
    plan.permissions = { approve: ['primary-dba', 'devops-lead'] };
    plan.approvals = { ...plan.approvals, P1: 'one' };
    plan.escalation = { recoveredAfter: '1s' };
  });
  const plan = parse(readFileSync(stack.plan, 'utf8')) as Record<string, unknown>;
  writeFileSync(path.join(stack.folder, 'offline.yaml'), stringify({ ...plan, temporal: { address: '127.0.0.1:1' } }));
  worker = new WorkerProcess(stack.plan);
  worker.start();
  const taskQueue = `kintsugi-${stack.project}`;
  await temporal.client.workflow.execute('takeBackup', { taskQueue, workflowId: 'backup', args: [{}] });
  await stack.dropDatabase();
  // The mail server refuses for good: the report is to say so.
  await smtp.behave('refuse');
  recovery = await temporal.client.workflow.start('restoreDatabase', {
    taskQueue,
    workflowId: `restore-${stack.project}`,
    args: [{ requestedBy: '佐藤', reason: 'dropped by mistake', skip: ['freshBackup', 'analyze'] }],
  });
  incident = temporal.client.workflow.getHandle(`incident-${stack.project}-restoreDatabase-uns_claudejp`);
  await until('the approval is asked for', async () => (await view().catch(() => null))?.recovery?.approval != null);
});

afterAll(async () => {
  await worker.stop();
  await Promise.all(providers.map((provider) => provider.stop()));
  await stack.remove();
  await temporal.teardown();
});

test('during the incident the report says how it stands and what is open', async () => {
  await deed('acknowledge', { by: '佐藤', reason: 'I have it' });
  const made = await report();
  expect(made).toMatchObject({ status: 'acknowledged', severity: 'P1', responder: '佐藤', resolved: null });
  expect(made.rto).toMatchObject({ promisedMs: 7_200_000, achievedMs: null, why: 'it is not resolved' });
  expect(made.recoveries).toMatchObject([{ workflowId: recovery.workflowId, outcome: { state: 'running' } }]);
  expect(made.approvals).toMatchObject([{ what: 'asked', about: recovery.workflowId }]);
  expect(made.preventionLists.map(({ scenario }) => scenario)).toContain('Accidental data deletion');
  expect(made.madeFrom).toEqual({ history: true, evidence: true, why: null });
  expect(made.evidence.flatMap(({ faults }) => faults)).toEqual([]);
});

test('when it is resolved its report is written, and the messages name it', async () => {
  await expect(recovery.executeUpdate('approve', { args: [{ by: 'Ito', reason: 'please' }] })).rejects.toThrow();
  await recovery.executeUpdate('approve', { args: [{ by: 'Tanaka', reason: 'the right database' }] });
  await recovery.result();
  await until('the end is announced', async () =>
    (await view()).attempts.some(({ kind, outcome }) => kind === 'resolutionUpdate' && outcome === 'delivered'),
  );
  const { report: page } = await view();
  expect(existsSync(page ?? '')).toBe(true);
  expect(await kintsugi(['incident', 'show', incident.workflowId])).toContain(page);
  const slack = providers.find(({ channel }) => channel === 'slack');
  expect(slack?.received().at(-1)?.text).toContain(`Report on the worker’s host: ${page}`);
});

test('explained and closed, the written report is whole, and the same can be made', async () => {
  const prevention = [{ what: 'Tests get a user of their own', who: 'Tanaka', until: '2026-12-15' }];
  await deed('explain', { by: '佐藤', rootCause: 'A test ran on production.', prevention });
  await until('the report is sent', async () =>
    (await view()).attempts.some(({ kind, outcome }) => kind === 'postIncidentReport' && outcome === 'delivered'),
  );
  await deed('close', { by: 'Tanaka', reason: 'all done' });
  const { report: page } = (await incident.result()) as IncidentView;
  const written = JSON.parse(readFileSync((page ?? '').replace(/html$/, 'json'), 'utf8')) as IncidentReport;
  expect(written).toMatchObject({ status: 'closed', cause: { rootCause: 'A test ran on production.', prevention } });
  expect(written.rto).toMatchObject({ kept: true });
  expect(written.rpo.achievedMs).toBeGreaterThan(0);
  expect(written.approvals.map(({ what, by }) => [what, by])).toEqual([
    ['asked', recovery.workflowId],
    ['denied', 'Ito'],
    ['approved', 'Tanaka'],
  ]);
  expect(written.messages.filter(({ channel, outcome }) => channel === 'email' && outcome === 'failed').length).toBeGreaterThan(
    0,
  );
  expect(written.messages.filter(({ outcome }) => outcome === 'delivered' || outcome === 'accepted').length).toBeGreaterThan(0);
  expect(written.recoveries[0]?.commands.map(({ command }) => command).join('\n')).toMatch(/pg_restore .*\n.*ALTER DATABASE/);
  expect(written.validation.filter(({ successful }) => successful === false)).toEqual([]);
  // Suzuki has no other way than the mail that is refused.
  const open = written.open.filter(({ state }) => state === 'open').map(({ what, text }) => [what, text]);
  expect(open).toEqual([
    ['A fresh full backup is taken', `${recovery.workflowId} ended without one`],
    ['Everybody is told that it is over', 'not reached: Suzuki'],
  ]);
  expect(written.skipped.map(({ step, why }) => [step, why])).toEqual([
    ['analyze', 'left out on request'],
    ['fresh backup', 'left out on request'],
  ]);
  const made = await report();
  expect(made).toMatchObject({ timeline: written.timeline, messages: written.messages, approvals: written.approvals });
  expect(made.evidence[0]?.comparedWith).toHaveLength(3);
  expect(made.evidence[0]?.faults).toEqual([]);
});

test('no secret of the plan is in any form, in the evidence or in Temporal’s histories', async () => {
  const environment = parseEnvironment(readFileSync(path.join(stack.folder, '.env')));
  const secrets = Object.entries(environment).flatMap(([name, value]) =>
    /PASSWORD|SECRET|KEY|TOKEN|SIGNING|HOOK/.test(name) ? [value] : [],
  );
  expect(secrets.length).toBeGreaterThan(7);
  const files = (folder: string) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), 'utf8'));
  const state = path.join(stack.folder, '.kintsugi');
  const outputs = [
    ...files(path.join(state, 'reports')),
    ...files(path.join(state, 'evidence')),
    ...(await Promise.all(['html', 'md', 'json'].map((format) => kintsugi(['report', incident.workflowId, '--format', format])))),
    ...(await Promise.all([recovery, incident].map(async (run) => decoded(historyToJSON(await run.fetchHistory()))))),
  ];
  expect(outputs.join('\n')).toContain('dropped by mistake');
  for (const secret of secrets) for (const output of outputs) expect(output.includes(secret), secret.slice(0, 4)).toBe(false);
});

test('when Temporal knows nothing of it any more, the evidence alone makes the same report', async () => {
  const before = await report();
  for (const run of [incident, recovery]) {
    const { runId } = await run.describe();
    const workflowExecution = { workflowId: run.workflowId, runId };
    await temporal.client.workflowService.deleteWorkflowExecution({ namespace: 'default', workflowExecution });
    await until('it is deleted', async () => (await run.describe().catch(() => null)) === null);
  }
  const after = await report();
  expect(after.madeFrom).toEqual({ history: false, evidence: true, why: 'Temporal does not know this run any more' });
  for (const part of ['timeline', 'messages', 'approvals', 'open', 'rto', 'rpo', 'validation', 'phases'] as const)
    expect(after[part], part).toEqual(before[part]);
  expect((await report(true)).madeFrom.why).toBe('Temporal did not answer');
});

test('evidence that is changed later shows', async () => {
  const [{ file } = { file: '' }] = (await report(true)).evidence;
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace('I have it', 'I had it'));
  expect(await kintsugi(['report', incident.workflowId], true)).toContain('something before it was changed');
  writeFileSync(file, text);
});

/** @returns a history with its payloads in plain text behind it. */
function decoded(history: string): string {
  const payloads = [...history.matchAll(/"data":\s*"([A-Za-z0-9+/=]+)"/g)];
  return [history, ...payloads.map(([, data = '']) => Buffer.from(data, 'base64').toString('utf8'))].join('\n');
}
