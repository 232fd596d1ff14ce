/** Drills on the real stack, as a person or a schedule starts them: what they restore, say, keep, and leave behind: nothing. */
import { existsSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import path from 'node:path';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { readEvidence } from '../../src/evidence/read.ts';
import type { IncidentView } from '../../src/incident/contract.ts';
import type { DrillReport } from '../../src/reports/drill/report.ts';
import type { DrillResult } from '../../src/workflows/drill-contract.ts';
import { newestDrill, planDrills, startDrill } from './harness/drills.ts';
import { type Answer, kintsugi } from './harness/kintsugi.ts';
import { TestStack } from './harness/stack.ts';
import { startTemporal } from './harness/temporal.ts';
import { until } from './harness/wait.ts';
import { WorkerProcess } from './harness/worker.ts';

let temporal: TestWorkflowEnvironment;
let stack: TestStack;
let worker: WorkerProcess;
let backup: string;
let running: string[];
let content: string;

const run = (...args: string[]): Promise<Answer> => kintsugi(stack.plan, ...args);
const state = (...parts: string[]) => path.join(stack.folder, '.kintsugi', ...parts);
const incident = () => temporal.client.workflow.getHandle(`incident-${stack.project}-drill`);

const start = (input: unknown, type?: string) => startDrill(temporal, stack, input, type);

async function takeBackup(): Promise<string> {
  const answer = await run('backup', 'take', '--json');
  expect(answer).toMatchObject({ status: 0 });
  return (JSON.parse(answer.stdout) as { id: string }).id;
}

async function reportOf(id: string): Promise<DrillReport> {
  const answer = await run('drill', 'report', id, '--format', 'json');
  expect(answer).toMatchObject({ status: 0 });
  return JSON.parse(answer.stdout) as DrillReport;
}

beforeAll(async () => {
  temporal = await startTemporal();
  stack = new TestStack({ name: 'drill', rows: 1_000, temporalAddress: temporal.address });
  await stack.start();
  planDrills(stack);
  stack.changePlan((plan) => {
    plan.backups = { ...plan.backups, floor: '1KB' };
  });
  worker = await WorkerProcess.serving(stack, temporal);
  backup = await takeBackup();
  running = await stack.running();
  content = await stack.content();
});

afterAll(async () => {
  await worker.stop();
  await stack.remove();
  await temporal.teardown();
});

afterEach(async () => {
  // Production went on as it was, and nothing of a drill is left.
  expect(await stack.parts()).toEqual([]);
  expect(await stack.running()).toEqual(running);
  expect(await stack.content()).toBe(content);
});

describe('a drill by hand', () => {
  test('restores a stored backup apart from production, with the application on it, and says what it found', async () => {
    const answer = await run('drill', 'run', '--by', 'Sato', '--reason', 'a test');
    expect(answer, answer.stdout).toMatchObject({ status: 0, stderr: '' });
    expect(answer.stdout).toContain(`drill-${stack.project} is done`);
    expect(answer.stdout).toContain('backend answers 200 at /api/health');
    expect(answer.stdout).not.toContain('✖');
    const { begun, ended } = await newestDrill(stack);
    expect(begun).toMatchObject({ kind: 'monthlyDrill', requestedBy: 'Sato', dueAt: null, usable: { id: backup } });
    expect(begun.backups).toMatchObject([{ id: backup, tier: 'manual' }]);
    expect(ended).toMatchObject({ outcome: 'passed', incident: null, backups: [{ id: backup, outcome: 'passed' }] });
    expect(ended?.results.filter(({ met }) => met !== true)).toEqual([]);
    // The criteria were on the disk before anything was started.
    const evidence = await readEvidence(state('evidence', begun.workflowId, `${begun.runId}.jsonl`));
    const activities = evidence.lines.map(({ activity }) => activity);
    expect(activities.indexOf('prepareDrill')).toBeLessThan(activities.indexOf('startScratchServer'));
    expect(evidence.lines.find(({ activity }) => activity === 'prepareDrill')?.result).toMatchObject({
      criteria: begun.criteria,
    });
    // The backup counts as proven from now on.
    expect((await run('backup', 'list')).stdout).toContain('proven');
  });

  test('has a report in three forms, and is signed off in its evidence and its report', async () => {
    const { begun } = await newestDrill(stack);
    const id = begun.runId.slice(-8);
    const refused = await run('drill', 'sign-off', id, '--by', 'Sato', '--verdict', 'accepted-with-actions', '--comment', 'x');
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('needs an action') });
    const words = ['--comment', 'as planned', '--observation', 'quick', '--action', 'more memory|Tanaka|2026-12-31'];
    const signed = await run('drill', 'sign-off', id, '--by', 'Sato', '--verdict', 'accepted-with-actions', ...words, '--json');
    expect(signed).toMatchObject({ status: 0, stderr: '' });
    const { report } = JSON.parse(signed.stdout) as { report: string };
    for (const file of [report, report.replace(/html$/, 'md')]) {
      const page = readFileSync(file, 'utf8');
      for (const text of [
        'Objectives, criteria and results',
        backup,
        'Every step',
        'more memory',
        'Tanaka',
        'Drills over time',
        'as planned',
      ])
        expect(page, file).toContain(text);
    }
    const made = await reportOf(id);
    expect(made.run.validation.filter(({ successful }) => successful === false)).toEqual([]);
    expect(made.run.validation.map(({ procedure }) => procedure)).toContain('The application works on the copy');
    expect(made.run.evidence.faults).toEqual([]);
    expect(made.actions).toEqual([{ what: 'more memory', who: 'Tanaka', until: '2026-12-31' }]);
    const evidence = await readEvidence(state('evidence', begun.workflowId, `${begun.runId}.jsonl`));
    expect(evidence.faults).toEqual([]);
    expect(evidence.lines.at(-1)).toMatchObject({ activity: 'signOffDrill', result: { by: 'Sato' } });
    expect((await run('drill', 'list')).stdout).toContain('accepted with actions by Sato');
  });
});

test('is refused with a word about the field that is not known, and with a backup that is not there', async () => {
  const wrong = await start({ backupp: 'x' });
  await expect(wrong.result()).rejects.toThrow(
    expect.objectContaining({ cause: expect.objectContaining({ type: 'INVALID_INPUT' }) }),
  );
  const missing = await run('drill', 'run', '--backup', '19990101T');
  expect(missing).toMatchObject({ status: 4, stderr: expect.stringContaining('There is no stored backup 19990101T') });
  expect((await newestDrill(stack)).begun.requestedBy).toBe('Sato');
});

test('with an empty input, and one at a time; the worker is killed in it, and it goes on', async () => {
  worker.arm('restoreBeside', 'during');
  const drill = await start(undefined);
  await until('the worker died', () => Promise.resolve(worker.ended));
  worker.start();
  await worker.listening(temporal, `kintsugi-${stack.project}`);
  const second = await run('drill', 'run');
  expect(second).toMatchObject({ status: 7, stderr: expect.stringContaining(`monthlyDrill-${stack.project}`) });
  const result = (await drill.result()) as DrillResult;
  expect(result).toMatchObject({ outcome: 'passed', drilled: [{ id: backup, outcome: 'passed' }] });
  expect(result.report !== null && existsSync(result.report)).toBe(true);
});

test('on a bad backup fails, opens an incident, and has a report; a good one says that it is well again', async () => {
  const bad = await takeBackup();
  const folder = path.join(stack.folder, 'backups', bad, 'data');
  const files = readdirSync(folder).map((name) => path.join(folder, name));
  const largest = files.toSorted((a, b) => statSync(b).size - statSync(a).size)[0] ?? '';
  truncateSync(largest, 100);
  const failed = await run('drill', 'run', '--backup', bad);
  expect(failed.status).toBe(4);
  expect(failed.stderr).toContain('The drill failed. The stored backup is whole');
  expect(failed.stderr).toContain('kintsugi drill report');
  const { begun, ended } = await newestDrill(stack);
  expect(ended).toMatchObject({ outcome: 'failed', rtaMs: null, incident: `incident-${stack.project}-drill` });
  const view = await incident().query<IncidentView>('incident');
  expect(view.problem).toContain('the drill of uns_claudejp failed');
  const made = await reportOf(begun.runId.slice(-8));
  expect(made.run.validation).toContainEqual(expect.objectContaining({ procedure: 'The backup is whole', successful: false }));
  expect(made.run.outcome.state).toBe('failed');
  const accepted = await run('drill', 'sign-off', '--by', 'Sato', '--verdict', 'accepted', '--comment', 'fine');
  expect(accepted).toMatchObject({ status: 2, stderr: expect.stringContaining('not accepted without an action') });
  // By the policy the good one is taken again: nothing is known against it.
  expect(await run('drill', 'run')).toMatchObject({ status: 0 });
  await until('the incident hears of it', async () => {
    const { status } = await incident()
      .query<IncidentView>('incident')
      .catch(() => ({ status: 'closed' }));
    return status === 'resolved' || status === 'closed';
  });
});
