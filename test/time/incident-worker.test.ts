/** An incident with the worker as users run it, a real Temporal server and a receiver of webhooks: killed, away, and with a full history. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { IncidentView } from '../../src/incident/contract.ts';
import { environmentOf } from '../channels/providers/provider.ts';
import { WebhookProvider } from '../channels/providers/webhook.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kintsugi-incident-'));
const plan = path.join(folder, 'kintsugi.yaml');
const taskQueue = 'kintsugi-away';

let temporal: TestWorkflowEnvironment;
let receiver: WebhookProvider;
let worker: WorkerProcess;

beforeAll(async () => {
  // So few events fill a history here.
  temporal = await startTemporal(undefined, { 'limit.historyCount.suggestContinueAsNew': 60 });
  receiver = await WebhookProvider.start();
  const reach = [{ webhook: 'ops' }];
  writeFileSync(
    plan,
    stringify({
      version: 1,
      stack: { project: 'away' },
      database: { name: 'app', user: 'me' },
      temporal: { address: temporal.address },
      channels: receiver.plan,
      people: {
        sato: { name: 'Sato', roles: ['primary-dba'], reach },
        suzuki: { name: 'Suzuki', roles: ['secondary-dba'], reach },
      },
      escalation: {
        // A P1 for what has to happen soon, a P2 for what must not.
        P1: { acknowledgeWithin: '2s', nextLevelAfter: '2s', updates: { responders: '30d', everyone: '30d' } },
        limits: { webhook: { messages: 1000, within: '1m' } },
      },
    }),
  );
  writeFileSync(path.join(folder, '.env'), environmentOf(receiver));
  worker = new WorkerProcess(plan);
  worker.start();
  await worker.listening(temporal, taskQueue);
});

afterAll(async () => {
  await worker.stop();
  await receiver.stop();
  await temporal.teardown();
  rmSync(folder, { recursive: true, force: true });
});

afterEach(() => {
  const ids = receiver.received().map(({ id }) => id);
  expect(new Set(ids).size, 'a message came twice').toBe(ids.length);
});

let count = 0;
const open = (severity: string, problem: string) =>
  temporal.client.workflow.start('incident', {
    taskQueue,
    workflowId: `incident-${++count}`,
    args: [{ severity, problem, rto: '7d' }],
  });
const viewOf = (run: WorkflowHandle) => run.query<IncidentView>('incident');
/** @returns the messages about a problem that arrived so far. */
const about = (problem: string) => receiver.received().filter(({ text }) => text.includes(problem));
/** A worker that was killed or was not there yet can't be asked. */
const untilView = (what: string, run: WorkflowHandle, is: (view: IncidentView) => boolean) =>
  until(what, () => viewOf(run).then(is, () => false), 240_000);

/** What is out and not yet known to be may go once more after a kill: it is waited for. */
const untilCalled = (run: WorkflowHandle) =>
  untilView(
    'the first level was called, and that is known',
    run,
    ({ attempts }) => attempts.filter(({ outcome }) => outcome === 'delivered').length >= 2,
  );

test('killed when a message is out and Temporal does not know: it is not sent again', async () => {
  worker.arm('sendMessage', 'after');
  const run = await open('P2', 'the message was out');
  await until('the worker died', () => Promise.resolve(worker.ended));
  worker.start();
  await untilView(
    'everything is settled',
    run,
    ({ attempts }) => attempts.length === 2 && attempts.every(({ outcome }) => outcome === 'delivered'),
  );
  expect(about('the message was out')).toHaveLength(2);
  await run.terminate();
}, 300_000);

test('killed when a message was about to go: it goes when there is a worker again, once', async () => {
  worker.arm('sendMessage', 'before');
  const run = await open('P2', 'the message was not out');
  await until('the worker died', () => Promise.resolve(worker.ended));
  worker.start();
  await untilView(
    'everything is settled',
    run,
    ({ attempts }) => attempts.length === 2 && attempts.every(({ outcome }) => outcome === 'delivered'),
  );
  expect(about('the message was not out')).toHaveLength(2);
  await run.terminate();
}, 300_000);

test('no worker when the next level is due: it is called when there is one, once', async () => {
  const run = await open('P1', 'nobody works');
  await untilCalled(run);
  await worker.kill();
  const called = about('nobody works').length;
  await delay(6_000);
  expect(about('nobody works')).toHaveLength(called);
  worker.start();
  await untilView('the next level was called', run, ({ round }) => round > 1);
  await run.executeUpdate('acknowledge', { args: [{ by: 'Sato', reason: 'on it' }] });
  const { timeline } = await viewOf(run);
  const calls = timeline.filter(({ what }) => what.startsWith('calls '));
  // Three were due meanwhile; what follows had its two seconds again.
  expect(Date.parse(calls[1]?.at ?? '') - Date.parse(calls[0]?.at ?? '')).toBeGreaterThan(5_000);
  await run.terminate();
}, 300_000);

test('resolved while no worker was there: what was due meanwhile is not sent', async () => {
  const run = await open('P1', 'it went away');
  await untilCalled(run);
  await worker.kill();
  const called = about('it went away').length;
  await run.signal('recovered', { by: 'sentry', reason: 'it answers again' });
  await delay(3_000);
  worker.start();
  await untilView('it is resolved', run, ({ status }) => status === 'resolved');
  await delay(1_000);
  expect(about('it went away').length - called).toBeLessThanOrEqual(0);
  await run.terminate();
}, 300_000);

test('its history is full again and again: it goes on as new with its state and its timers, also while a provider is busy', async () => {
  const first = await open('P1', 'for weeks');
  const run = temporal.client.workflow.getHandle(first.workflowId);
  const runs = new Set<string>();
  const noted = async () => runs.add((await run.describe()).runId);
  await untilView('it was called five times', run, ({ round }) => round >= 5);
  await noted();
  await receiver.behave('busy');
  const before = (await viewOf(run)).round;
  await until(
    'another run has begun',
    async () => {
      await noted();
      return runs.size >= 2 && (await viewOf(run).catch(() => null)) !== null;
    },
    240_000,
  );
  await receiver.behave('answer');
  await untilView(
    'it goes on',
    run,
    ({ round, attempts }) =>
      round > before + 3 && attempts.some(({ outcome, at }) => outcome === 'delivered' && Date.parse(at) > Date.now() - 5_000),
  );
  await run.executeUpdate('acknowledge', { args: [{ by: 'Sato', reason: 'on it' }] });
  const view = await viewOf(run);
  expect(view).toMatchObject({ status: 'acknowledged', problem: 'for weeks', responder: { person: 'sato' } });
  const numbers = view.timeline.map(({ number }) => number);
  expect(numbers).toEqual(numbers.map((_, at) => at + (numbers[0] ?? 0)));
  // The calls of all runs have the key of the first: rounds never begin anew.
  const rounds = view.attempts.map(({ key }) => key);
  expect(new Set(rounds.map((key) => key.split('/')[1])).size).toBe(1);
  expect(new Set(rounds).size).toBe(rounds.length);
  await run.terminate();
}, 300_000);
