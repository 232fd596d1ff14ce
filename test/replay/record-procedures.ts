/** Records the histories of the procedures of the document's scenarios, as `record.ts` does those of a restore. */
import { mkdirSync } from 'node:fs';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ChoiceInput, Progress } from '../../src/workflows/contract.ts';
import { makeInconsistent } from '../integration/harness/bad-data.ts';
import { Deployment } from '../integration/harness/deployment.ts';
import { kintsugi } from '../integration/harness/kintsugi.ts';
import { damage, fileOf, overwritePage } from '../integration/harness/pages.ts';
import { TestStack } from '../integration/harness/stack.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';
import { historyFolder, record } from './histories.ts';

const confirmed = { requestedBy: 'Sato', reason: 'recorded', confirm: 'uns_claudejp' };

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let app: Deployment;
let good: string;

const start = (procedure: string, input: object = {}) =>
  temporal.client.workflow.start(procedure, {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `${procedure}-${stack.project}`,
    args: [{ ...confirmed, ...input }],
  });

async function recordEnd(name: string, run: WorkflowHandle): Promise<void> {
  await run.result();
  await record(name, run);
}

beforeAll(async () => {
  mkdirSync(historyFolder, { recursive: true });
  temporal = await startTemporal();
  stack = new TestStack({ name: 'record-all', rows: 500, temporalAddress: temporal.address });
  app = new Deployment(stack);
  await stack.start({ beforeBuild: () => app.ownImages() });
  good = await app.repository();
  stack.changePlan((plan) => {
    plan.repairs = { packs: ['timer-cards'], atMostPercent: 100 };
  });
  worker = await WorkerProcess.serving(stack, temporal);
  expect((await kintsugi(stack.plan, 'deploys', 'record')).status).toBe(0);
  expect((await kintsugi(stack.plan, 'backup', 'take')).status).toBe(0);
});

afterAll(async () => {
  await worker.stop();
  await app.removeImages();
  await stack.remove();
  await temporal.teardown();
});

test('a service that was killed', async () => {
  await stack.compose('kill', 'frontend');
  await recordEnd('service-completed', await start('restartService'));
});

test('a stack of which everything was killed', async () => {
  await execa('docker', ['kill', ...(await stack.running())]);
  await recordEnd('cascade-completed', await start('recoverFromCascadingFailure'));
});

test('a broken index that was built anew', async () => {
  await damage(stack, overwritePage(await fileOf(stack, 'idx_timer_cards_work_date'), 1));
  await recordEnd('corruption-repaired', await start('recoverFromCorruption'));
});

test('a table that was salvaged and restored', async () => {
  await damage(stack, overwritePage(await fileOf(stack, 'timer_cards'), 2));
  await recordEnd('corruption-restored', await start('recoverFromCorruption', { skip: ['freshBackup'] }));
});

test('deleted rows that came back, and a recovery that was cancelled while it restored', async () => {
  await stack.query('DELETE FROM timer_cards WHERE id % 2 = 0', 'uns_claudejp');
  worker.arm('restoreBeside', 'hold');
  const run = await start('recoverDeletedData', { skip: ['freshBackup'] });
  await until('the restore is held', () => Promise.resolve(worker.holds('restoreBeside')));
  await run.cancel();
  worker.release('restoreBeside');
  await expect(run.result()).rejects.toThrow();
  await record('deletion-cancelled', run);
  await recordEnd('deletion-completed', await start('recoverDeletedData', { skip: ['freshBackup'] }));
});

test('a failed migration that was mended, and one that was cancelled while it waited', async () => {
  const file = 'alembic/versions/0006_note.py';
  const revision = (up: string) => app.revision('0006_note', '0005_indexes', up, 'ALTER TABLE users DROP COLUMN note');
  await app.commit('fails', { [file]: revision('ALTER TABLE timer_cards DROP COLUMN employee_id') });
  await app.deploy();
  const cancelled = await start('recoverFailedMigration');
  await untilAsked(cancelled);
  await cancelled.cancel();
  await expect(cancelled.result()).rejects.toThrow();
  await record('migration-cancelled', cancelled);
  const run = await start('recoverFailedMigration');
  await untilAsked(run);
  await app.commit('mended', { [file]: revision('ALTER TABLE users ADD COLUMN note text') });
  await app.build();
  const retry: ChoiceInput = { choice: 'retry', by: 'Sato', reason: 'recorded' };
  await run.executeUpdate('proceed', { args: [retry] });
  await recordEnd('migration-retried', run);
});

test('code that was rolled back with its schema, and its undo', async () => {
  const run = await start('rollBackCode', { to: good });
  await recordEnd('code-completed', run);
  await recordEnd('code-undone', await start('undoRollBackCode', { recovery: run.workflowId }));
});

test('a repair, and its undo', async () => {
  await makeInconsistent(stack);
  const run = await start('repairInconsistentData');
  await recordEnd('repair-completed', run);
  await recordEnd('repair-undone', await start('undoRepair', { recovery: run.workflowId }));
});

async function untilAsked(run: WorkflowHandle): Promise<void> {
  await until('it waits for a choice', async () => {
    const { choices } = await run.query<Progress>('progress').catch((): Partial<Progress> => ({}));
    return choices !== undefined;
  });
}
