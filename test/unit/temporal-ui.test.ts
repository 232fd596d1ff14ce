/** What the Temporal UI shows of a procedure: the checklist, the lines beside activities, the examples that its form is filled in from. */
import { describe, expect, test } from 'vitest';
import { examplesLink, workflowLink } from '../../src/cli/ui.ts';
import { planSchema } from '../../src/plan/schema.ts';
import { summaryLine } from '../../src/text/summary.ts';
import { summaryOf } from '../../src/workflows/activity-summaries.ts';
import { checklistOf } from '../../src/workflows/checklist.ts';
import { type Progress, restoreInput } from '../../src/workflows/contract.ts';
import { examplesOf } from '../../src/workflows/example.ts';

const began = '2026-11-23T17:52:03.000Z';
const progress: Progress = {
  procedure: 'restoreDatabase',
  workflowId: 'restore-shop',
  runId: 'r',
  stack: 'shop',
  database: 'shop',
  severity: 'P1',
  startedAt: began,
  rtoMs: 7_200_000,
  phase: 'running',
  steps: [
    { name: 'preflight', title: 'preflight', state: 'done', startedAt: began, endedAt: '2026-11-23T17:52:06.000Z', note: 'fits' },
    { name: 'restoreBeside', title: 'restore beside', state: 'running', startedAt: '2026-11-23T17:52:06.000Z' },
    { name: 'swap', title: 'swap', state: 'waiting' },
  ],
  approvals: [],
};
const later = Date.parse(began) + 90_000;

describe('the checklist', () => {
  test('tells the time of each step, and when the RTO ends, in the zone of the plan', () => {
    expect(checklistOf(progress, 'Asia/Tokyo', later).split('\n')).toEqual([
      '### restoreDatabase · shop · P1 · running',
      '',
      'Started 02:52:03 JST · the RTO of 2:00:00 ends 04:52:03',
      '',
      '✔ **preflight** · 02:52:03 · 0:03 · fits  ',
      '▸ **restore beside** · 02:52:06  ',
      '▫ **swap**',
    ]);
  });

  test('tells who waits for a person what to press on this page', () => {
    const waits = checklistOf({ ...progress, phase: 'waitingForApproval', message: 'Restore **shop**?' }, 'UTC', later);
    expect(waits).toContain('WAITS FOR A PERSON');
    expect(waits).toContain('Restore **shop**?');
    expect(waits).toContain('*Send an Update* → `approve` or `refuse`, with the input `{"by": "your name", "reason": "why"}`');
    const chooses = { ...progress, phase: 'waitingForApproval', choices: ['retry', 'stay'] } as const;
    expect(checklistOf(chooses, 'UTC', later)).toContain('`proceed`, with the input `{"choice": "retry | stay", "by"');
  });

  test('tells of one that has ended how long it took, and who decided', () => {
    const approvals = [{ by: 'sato', reason: 'I saw it', at: began, approved: true }];
    const ended = checklistOf({ ...progress, phase: 'completed', approvals }, 'UTC', later);
    expect(ended).toContain('Started 17:52:03 UTC, took 0:01:30 of 2:00:00');
    expect(ended).toContain('approved by sato: I saw it');
  });
});

describe('the line beside an activity', () => {
  test('tells what the input tells', () => {
    expect(summaryOf('fence', { database: 'shop' })).toBe('Ends the sessions of shop and refuses new ones');
    expect(summaryOf('openBackup', { facts: { id: '20261123T170004Z-c41d' } })).toBe('Opens backup 20261123T170004Z-c41d');
  });

  test('is the name in words where nobody wrote one, or where the input is another than was thought', () => {
    expect(summaryOf('startScratchThing', {})).toBe('Start scratch thing');
    expect(summaryOf('stopServices', {})).toBe('Stop services');
  });

  test('is never longer than Temporal takes: it would refuse the step', () => {
    expect(summaryLine('あ'.repeat(500))).toBe(`${'あ'.repeat(66)}…`);
    expect(summaryLine('😀'.repeat(500))).toBe(`${'😀'.repeat(50)}…`);
    expect(summaryLine('one\ntwo')).toBe('one');
    expect(Buffer.byteLength(summaryLine('x'.repeat(1_000)))).toBe(203);
  });
});

describe('the examples', () => {
  const plan = planSchema.parse({
    version: 1,
    stack: { project: 'shop' },
    database: { service: 'db', name: 'shop', user: 'admin', password: { env: 'PASSWORD' } },
  });
  const examples = examplesOf(plan);

  test('show before they do, and fill in every field that has a default', () => {
    const restore = examples.find(({ workflowType }) => workflowType === 'restoreDatabase');
    expect(restore).toMatchObject({ workflowId: 'ui-restore-shop', input: { mode: 'plan', database: 'shop', severity: 'P1' } });
    expect(restoreInput.parse(restore?.input)).toEqual(restore?.input);
    expect(restore?.details).toContain('- `mode` (`run`, `plan`; `"run"` if missing): plan: show each step');
    expect(restore?.details).toContain('- `backup` (text): Id of a backup');
  });

  test('are there for every recovery, and short enough for Temporal', () => {
    expect(examples.map(({ workflowId }) => workflowId)).toEqual(expect.arrayContaining(['ui-cascade-shop', 'ui-undo-shop']));
    expect(new Set(examples.map(({ workflowId }) => workflowId)).size).toBe(examples.length);
    for (const { details, input } of examples) {
      expect(Buffer.byteLength(details)).toBeLessThan(10_000);
      // None does anything where the memo that makes it an example is lost.
      if ('severity' in input) expect(input).toMatchObject({ mode: 'plan' });
    }
  });
});

test('addresses of pages', () => {
  const where = { ui: 'http://127.0.0.1:8233/', namespace: 'default' };
  expect(workflowLink(where, 'a/b')).toBe('http://127.0.0.1:8233/namespaces/default/workflows/a%2Fb');
  expect(workflowLink(where, 'restore-shop', '0192')).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows/restore-shop/0192/user-metadata',
  );
  expect(examplesLink(where)).toBe(
    'http://127.0.0.1:8233/namespaces/default/workflows?query=WorkflowId%20STARTS_WITH%20%22ui-%22',
  );
});
