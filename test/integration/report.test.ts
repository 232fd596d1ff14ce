import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { parse as parseEnvironment } from 'dotenv';
import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Report } from '../../src/reports/report.ts';
import type { RestoreInput, RestoreResult } from '../../src/workflows/contract.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

const program = fileURLToPath(new URL('../../bin/kintsugi.js', import.meta.url));

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let recovery: RestoreResult;

const start = (input: RestoreInput) =>
  temporal.client.workflow.start('restoreDatabase', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `restore-${stack.project}`,
    args: [{ requestedBy: 'Sato', reason: 'a test', confirm: 'uns_claudejp', skip: ['freshBackup'], ...input }],
  });

/** Runs `kintsugi report`. @param offline with a plan whose Temporal does not answer. */
async function report(args: readonly string[], offline = false): Promise<string> {
  const plan = offline ? path.join(stack.folder, 'offline.yaml') : stack.plan;
  return (await execa('node', [program, '--plan', plan, 'report', ...args])).stdout;
}
const reportJson = async (id?: string, offline = false) =>
  JSON.parse(await report([...(id === undefined ? [] : [id]), '--format', 'json'], offline)) as Report;

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'report', rows: 2_000, temporalAddress: temporal.address });
  await stack.start();
  const plan = parse(readFileSync(stack.plan, 'utf8')) as Record<string, unknown>;
  writeFileSync(path.join(stack.folder, 'offline.yaml'), stringify({ ...plan, temporal: { address: '127.0.0.1:1' } }));
  worker = new WorkerProcess(stack.plan);
  worker.start();
  await temporal.client.workflow.execute('takeBackup', {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: 'backup',
    args: [{ fingerprints: true }],
  });
  worker.arm('restoreBeside', 'during');
  const started = await start({});
  await until('the worker died', () => Promise.resolve(worker.ended));
  worker.start();
  recovery = (await started.result()) as RestoreResult;
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

test('a recovery leaves its report in three forms, also made of what the killed worker could not tell', async () => {
  const page = recovery.report ?? '';
  expect(readdirSync(path.dirname(page)).filter((name) => name.startsWith(path.basename(page, '.html')))).toHaveLength(3);
  const made = await reportJson();
  expect(made.madeFrom).toEqual({ history: true, evidence: true, why: null });
  expect(made.outcome.state).toBe('completedWithSkippedSteps');
  expect(made.rto).toMatchObject({ achievedMs: recovery.rtaMs, kept: true });
  expect(made.approvals).toMatchObject([{ by: 'Sato', reason: 'a test', approved: true }]);
  expect(made.gaps).toMatchObject([{ activity: 'restore beside', attempt: 1 }]);
  expect(made.steps.find((step) => step.name === 'restoreBeside')).toMatchObject({ state: 'done', attempts: 2 });
  expect(made.validation.filter((row) => row.successful === false)).toEqual([]);
  expect(made.commands.map(({ command }) => command).join('\n')).toMatch(/pg_restore .*\n.*ALTER DATABASE/);
  expect(made.evidence.faults).toEqual([]);
  expect(made.evidence.comparedWith).toHaveLength(3);
});

test('without Temporal the evidence alone makes the same report, and says so', async () => {
  const [online, offline] = await Promise.all([reportJson(), reportJson(undefined, true)]);
  expect(offline.madeFrom).toEqual({ history: false, evidence: true, why: 'Temporal did not answer' });
  expect(offline.outcome).toEqual(online.outcome);
  expect(offline.rto).toEqual(online.rto);
  expect(offline.steps.map((step) => [step.name, step.state])).toEqual(online.steps.map((step) => [step.name, step.state]));
  expect(offline.evidence.faults).toEqual([]);
});

test('no form holds a secret of the stack', async () => {
  const environment = parseEnvironment(readFileSync(path.join(stack.folder, '.env')));
  const secrets = Object.entries(environment).flatMap(([name, value]) => (/PASSWORD|SECRET|KEY/.test(name) ? [value] : []));
  expect(secrets.length).toBeGreaterThan(0);
  const forms = await Promise.all(['html', 'md', 'json'].map((format) => report(['--format', format])));
  for (const secret of secrets) for (const form of forms) expect(form).not.toContain(secret);
});

test('changed evidence shows', async () => {
  const { evidence } = await reportJson();
  const before = readFileSync(evidence.file, 'utf8');
  const file = path.join(stack.folder, 'shown.md');
  writeFileSync(evidence.file, before.replace('"outcome":"done"', '"outcome":"DONE"'));
  await report(['--output', file]);
  writeFileSync(evidence.file, before);
  expect(readFileSync(file, 'utf8')).toContain(
    'The evidence was changed, or is damaged: line 1 can’t be read; line 2 does not follow line 1',
  );
});

test('a recovery that fails has a report too', async () => {
  await expect((await start({ backup: 'not-there' })).result()).rejects.toThrow();
  const made = await reportJson();
  expect(made.outcome).toMatchObject({ state: 'failed', code: 'BACKUP_MISSING' });
  expect(made.outcome.sentence).toContain('Nothing was stopped or changed.');
  expect(made.rto).toMatchObject({ achievedMs: null, kept: null });
});

test('a recovery that is cancelled has a report of what was taken back', async () => {
  worker.arm('fence', 'hold');
  const cancelled = await start({});
  await until('fence is held', () => Promise.resolve(worker.holds('fence')));
  await cancelled.cancel();
  worker.release('fence');
  await expect(cancelled.result()).rejects.toThrow();
  const made = await reportJson();
  expect(made.outcome.state).toBe('cancelled');
  expect(made.interventions).toMatchObject([{ what: 'cancel' }]);
  const undone = made.steps.filter((step) => step.state === 'undone').map((step) => step.name);
  expect(undone).toEqual(
    expect.arrayContaining(['undo: drop the scratch database', 'undo: lift the fence', 'undo: start services']),
  );
  const first = await reportJson(`${recovery.workflowId}/${recovery.runId.slice(-8)}`);
  expect(first.runId).toBe(recovery.runId);
});

test('a recovery that is terminated has a report that says how to clean up', async () => {
  worker.arm('fence', 'hold');
  const terminated = await start({});
  await until('fence is held', () => Promise.resolve(worker.holds('fence')));
  await terminated.terminate('wrong stack');
  worker.release('fence');
  const made = await reportJson();
  expect(made.outcome).toMatchObject({ state: 'terminated', hints: ['kintsugi doctor --mend'] });
  expect(made.interventions).toMatchObject([{ what: 'terminate', reason: 'wrong stack' }]);
  const offline = await reportJson(undefined, true);
  expect(offline.outcome.state).toBe('unknown');
  expect(offline.approvals).toMatchObject([{ by: 'Sato' }]);
});
