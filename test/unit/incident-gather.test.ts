/** Which runs make up an incident, and what its evidence keeps whole. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { EvidenceEntry } from '../../src/evidence/line.ts';
import { createRedactor } from '../../src/evidence/redact.ts';
import { summarise } from '../../src/evidence/summary.ts';
import { buildIncidentReport } from '../../src/reports/incident/build.ts';
import { gatherIncident } from '../../src/reports/incident/gather.ts';
import type { RunHistory } from '../../src/reports/run-history.ts';
import { incidentEvidence } from './incident-fixture.ts';
import { attempt, evidenceText, second } from './report-fixture.ts';

const stateFolder = mkdtempSync(path.join(tmpdir(), 'kintsugi-gather-'));
const folder = path.join(stateFolder, 'evidence', 'incident-demo');
afterAll(() => rmSync(stateFolder, { recursive: true, force: true }));

function write(runId: string, entries: readonly EvidenceEntry[]): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${runId}.jsonl`), evidenceText(entries));
}

/** The same with the key of another incident, whose workflow id was the same. */
const ofAnother = (entries: readonly EvidenceEntry[]) =>
  JSON.parse(JSON.stringify(entries).replaceAll('incident-demo/1', 'incident-demo/2')) as EvidenceEntry[];

const gather = (runId: string, ask: (runId: string) => RunHistory | null = () => null) =>
  gatherIncident({
    stateFolder,
    workflowId: 'incident-demo',
    runId,
    ask: async (_workflowId, run) => ask(run),
    whyNoHistory: 'Temporal did not answer',
    record: null,
    zone: 'UTC',
  });

test('the runs of one incident are found by its key, in order; one before it that had the same id is left out', async () => {
  const entries = incidentEvidence();
  write('run-b', entries.slice(0, 7));
  write('run-a', entries.slice(7));
  write('run-0', ofAnother(entries));
  const sources = await gather('run-a');
  expect(sources.runs.map(({ runId }) => runId)).toEqual(['run-b', 'run-a']);
  const report = buildIncidentReport(sources);
  expect(report).toMatchObject({ status: 'closed', openedAt: second(0), runIds: ['run-b', 'run-a'] });
  expect(report.recoveries.map(({ workflowId, outcome }) => [workflowId, outcome.state])).toEqual([['restore-shop', 'unknown']]);
});

test('what Temporal stored of the written report is a witness, also of a run that it continued from', async () => {
  const history = (more: Partial<RunHistory>): RunHistory => ({
    procedure: 'incident',
    startedAt: second(0),
    endedAt: null,
    status: 'running',
    input: null,
    result: null,
    failure: null,
    activities: [],
    updates: [],
    interventions: [],
    ...more,
  });
  const stored = { path: '/x.html', runId: 'run-b', lines: 8, head: 'f'.repeat(64), denied: {} };
  const written = {
    id: '90',
    name: 'writeIncidentReport',
    scheduledAt: second(300),
    attempts: 1,
    startedAt: second(300),
    endedAt: second(301),
    outcome: 'done' as const,
    result: stored,
    failure: null,
    worker: null,
  };
  const histories: Record<string, RunHistory> = {
    'run-a': history({ continuedFrom: 'run-b', startedAt: second(700) }),
    'run-b': history({ status: 'continued', activities: [written] }),
  };
  const [first] = buildIncidentReport(await gather('run-a', (runId) => histories[runId] ?? null)).evidence;
  expect(first?.comparedWith).toEqual(['what Temporal stored', 'Temporal’s history']);
  expect(first?.faults).toContain('what Temporal stored knew 8 lines, now there are 7: lines were removed');
});

test('attempts that were denied come from the evidence when the history is gone', async () => {
  const denied = { '01a20b7a-26bc-7153-8e5e-11936ee70167': [{ at: second(130), by: 'Ito', what: 'approve', why: 'may not' }] };
  const result = { path: '/x.html', runId: 'run-d', lines: 1, head: '', denied };
  const entries = ofAnother([...incidentEvidence(), attempt('writeIncidentReport', 90, 1_200, 1_201, { result })]);
  write('run-d', JSON.parse(JSON.stringify(entries).replaceAll('incident-demo/2', 'incident-demo/3')) as EvidenceEntry[]);
  const { approvals } = buildIncidentReport(await gather('run-d'));
  expect(approvals.filter(({ what }) => what === 'denied').map(({ by, why }) => [by, why])).toEqual([
    ['mallory', 'close: “mallory” is nobody of the plan.'],
    ['Ito', 'approve: may not'],
  ]);
});

test('a record is kept whole in the evidence, without secrets; another long answer is cut', () => {
  const redactor = createRedactor(['hunter22']);
  const cause = { cause: `hunter22 ${'原因'.repeat(9_000)}` };
  expect(summarise('recordIncident', cause, redactor)).toEqual({ cause: `[secret] ${'原因'.repeat(9_000)}` });
  expect(summarise('preflight', cause, redactor)).toMatchObject({ cut: true, bytes: 54_021 });
});
