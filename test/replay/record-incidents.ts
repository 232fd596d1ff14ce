/** Records the histories of incidents, as `record.ts` does those of procedures; it needs no Docker. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, test } from 'vitest';
import { stringify } from 'yaml';
import type { IncidentView } from '../../src/incident/contract.ts';
import { environmentOf } from '../channels/providers/provider.ts';
import { WebhookProvider } from '../channels/providers/webhook.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';
import { historyFolder, record } from './histories.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'kintsugi-record-'));
const plan = path.join(folder, 'kintsugi.yaml');
const taskQueue = 'kintsugi-recorded';
const sato = { by: 'Sato', reason: 'recorded' };

let temporal: TestWorkflowEnvironment;
let receiver: WebhookProvider;
let worker: WorkerProcess;

beforeAll(async () => {
  mkdirSync(historyFolder, { recursive: true });
  temporal = await startTemporal(undefined, { 'limit.historyCount.suggestContinueAsNew': 150 });
  receiver = await WebhookProvider.start();
  const reach = [{ webhook: 'ops' }];
  const updates = { responders: '5s', everyone: '10s', remindBefore: '1s' };
  writeFileSync(
    plan,
    stringify({
      version: 1,
      stack: { project: 'recorded' },
      database: { name: 'app', user: 'me' },
      temporal: { address: temporal.address },
      channels: receiver.plan,
      people: {
        sato: { name: 'Sato', roles: ['primary-dba'], reach },
        suzuki: { name: 'Suzuki', roles: ['secondary-dba'], language: 'ja', reach },
      },
      escalation: { P1: { acknowledgeWithin: '2s', nextLevelAfter: '2s', updates }, recoveredAfter: '1s', reopenWithin: '1s' },
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

const open = (workflowId: string) =>
  temporal.client.workflow.start('incident', {
    taskQueue,
    workflowId,
    args: [{ problem: 'app is missing', impact: 'all of it' }],
  });
const say = (run: WorkflowHandle, what: string, input: object) => run.executeUpdate(what, { args: [input] });
const untilView = (what: string, run: WorkflowHandle, is: (view: IncidentView) => boolean) =>
  until(what, () => run.query<IncidentView>('incident').then(is, () => false), 300_000);

test('acknowledged, handed over, resolved and explained', async () => {
  const run = await open('incident-explained');
  await untilView('it has called', run, ({ round }) => round > 0);
  await say(run, 'acknowledge', sato);
  await say(run, 'status', { by: 'Sato', text: 'the backup is being checked' });
  await say(run, 'handOver', { ...sato, to: 'suzuki' });
  await say(run, 'acknowledge', { by: 'Suzuki', reason: 'recorded' });
  await say(run, 'resolve', sato);
  await untilView('it was announced', run, ({ attempts }) => attempts.some(({ kind }) => kind === 'resolutionUpdate'));
  const prevention = [{ what: 'own user for scripts', who: 'Suzuki', until: '2027-01-31' }];
  await say(run, 'explain', { by: 'Sato', rootCause: 'a script', prevention });
  await run.result();
  await record('incident-explained', run);
});

test('unanswered until somebody closes it', async () => {
  const run = await open('incident-unanswered');
  await untilView('it has called three times', run, ({ round }) => round >= 3);
  await say(run, 'close', sato);
  await run.result();
  await record('incident-unanswered', run);
});

test('continued as new', async () => {
  const { workflowId, firstExecutionRunId } = await open('incident-continued');
  const run = temporal.client.workflow.getHandle(workflowId);
  await until('its history was full', async () => (await run.describe()).runId !== firstExecutionRunId, 300_000);
  await untilView('it goes on', run, ({ status }) => status === 'triggered');
  await say(run, 'close', sato);
  await run.result();
  await record('incident-continued', run);
});
