/**
 * Records the histories that `replay.test.ts` replays: `npm run record-histories`. Run it when a workflow was changed in a way that
 * running procedures must not survive, and say so in the commit; else a replay that fails is a fault of the change.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { TestStack } from '../integration/harness/stack.ts';
import { startTemporal } from '../integration/harness/temporal.ts';
import { until } from '../integration/harness/wait.ts';
import { WorkerProcess } from '../integration/harness/worker.ts';
import { historyFolder, record } from './histories.ts';

const confirmed = { requestedBy: 'Sato', reason: 'recorded', confirm: 'uns_claudejp' };

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;

const start = (procedure: string, input: unknown) =>
  temporal.client.workflow.start(procedure, {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `${procedure}-${stack.project}`,
    args: [input],
  });

/** Changes the plan that the worker reads at the start of each procedure. */
function changePlan(change: (plan: Record<string, unknown>) => void): void {
  const plan = parse(readFileSync(stack.plan, 'utf8')) as Record<string, unknown>;
  change(plan);
  writeFileSync(stack.plan, stringify(plan));
}

beforeAll(async () => {
  mkdirSync(historyFolder, { recursive: true });
  // Others are recorded beside: record-incidents.ts, record-drills.ts, record-procedures.ts.
  for (const name of readdirSync(historyFolder)) if (/^(restore|take|undo)-/.test(name)) rmSync(path.join(historyFolder, name));
  temporal = await startTemporal();
  stack = new TestStack({ name: 'record', rows: 500, temporalAddress: temporal.address });
  await stack.start();
  worker = new WorkerProcess(stack.plan);
  worker.start();
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

test('a backup', async () => {
  const run = await start('takeBackup', { fingerprints: true });
  await run.result();
  await record('take-backup', run);
});

test('a recovery that went well, and its undo', async () => {
  const run = await start('restoreDatabase', confirmed);
  await run.result();
  await record('restore-completed', run);
  const undo = await start('undoRecovery', { ...confirmed, recovery: run.workflowId });
  await undo.result();
  await record('undo-completed', undo);
});

test('a recovery that went on after its worker was killed', async () => {
  worker.arm('restoreBeside', 'during');
  const run = await start('restoreDatabase', { ...confirmed, skip: ['freshBackup'] });
  await until('the worker died', () => Promise.resolve(worker.ended));
  worker.start();
  await run.result();
  await record('restore-resumed', run);
});

test('a recovery that was cancelled while it restored', async () => {
  worker.arm('restoreBeside', 'hold');
  const run = await start('restoreDatabase', confirmed);
  await until('the restore is held', () => Promise.resolve(worker.holds('restoreBeside')));
  await run.cancel();
  worker.release('restoreBeside');
  await expect(run.result()).rejects.toThrow();
  await record('restore-cancelled', run);
});

test('a recovery whose copy did not pass the plan’s checks', async () => {
  changePlan((plan) => {
    plan.checks = [{ name: 'impossible', sql: 'SELECT 1', expect: { equals: 2 } }];
  });
  const run = await start('restoreDatabase', confirmed);
  await expect(run.result()).rejects.toThrow();
  await record('restore-failed', run);
});

test('a recovery that two people approved, and one that was refused', async () => {
  changePlan((plan) => {
    plan.checks = [];
    plan.approvals = { P1: 'two' };
  });
  const approved = await start('restoreDatabase', { ...confirmed, skip: ['freshBackup', 'analyze'] });
  await untilAsked(approved);
  await approved.executeUpdate('approve', { args: [{ by: 'Tanaka', reason: 'checked' }] });
  await approved.result();
  await record('restore-approved', approved);
  const refused = await start('restoreDatabase', confirmed);
  await untilAsked(refused);
  await refused.executeUpdate('refuse', { args: [{ by: 'Tanaka', reason: 'not now' }] });
  await expect(refused.result()).rejects.toThrow();
  await record('restore-refused', refused);
});

test('a recovery that only says what it would do', async () => {
  const run = await start('restoreDatabase', { mode: 'plan' });
  await run.result();
  await record('restore-planned', run);
});

async function untilAsked(run: WorkflowHandle): Promise<void> {
  await until('the approval is asked for', async () => {
    const { phase } = await run.query<{ phase: string }>('progress').catch(() => ({ phase: '' }));
    return phase === 'waitingForApproval';
  });
}
