import { describe, expect, test } from 'vitest';
import { checkEvidence } from '../../src/evidence/read.ts';
import { buildReport } from '../../src/reports/build.ts';
import { renderHtml } from '../../src/reports/html/page.tsx';
import { renderMarkdown } from '../../src/reports/markdown.ts';
import type { RunHistory } from '../../src/reports/run-history.ts';
import { attempt, evidenceText, record, recovered, second, sources } from './report-fixture.ts';

const terminated: RunHistory = {
  procedure: 'restoreDatabase',
  startedAt: second(0),
  endedAt: second(48),
  status: 'terminated',
  input: { requestedBy: 'Sato' },
  result: null,
  failure: null,
  activities: [
    {
      id: '10',
      name: 'startServices',
      scheduledAt: second(46),
      attempts: 1,
      startedAt: second(46),
      endedAt: null,
      outcome: 'running',
      result: null,
      failure: null,
      worker: null,
    },
  ],
  updates: [{ name: 'approve', at: second(7), input: { by: 'Sato', reason: 'yes' } }],
  interventions: [{ what: 'terminate', at: second(48), by: 'tanaka@example.org', reason: 'wrong stack' }],
};

describe('a recovery that went well', () => {
  const report = buildReport(sources());

  test('tells what was promised and achieved, and from what it was restored', () => {
    expect(report.outcome).toMatchObject({
      state: 'completedWithSkippedSteps',
      sentence: 'It was done without: fresh backup (left out on request).',
    });
    expect(report.rto).toEqual({ promisedMs: 7_200_000, achievedMs: 51_000, kept: true, why: null });
    expect(report.rpo).toEqual({ promisedMs: 86_400_000, achievedMs: 3_600_000, kept: true, why: null });
    expect(report.source?.id).toBe('20261124T020000Z-c41d');
    expect(report.replaced?.name).toBe('shop_replaced_6ee70167');
    expect(report.madeFrom).toEqual({ history: false, evidence: true, why: 'Temporal did not answer' });
  });

  test('lists every step with its attempts, what was skipped, and what was done after the last step', () => {
    expect(report.steps.map((step) => [step.name, step.kind, step.state, step.attempts])).toEqual([
      ['chooseBackup', 'step', 'done', 1],
      ['preflight', 'step', 'done', 1],
      ['findDependents', 'step', 'done', 1],
      ['approval', 'step', 'done', 1],
      ['stopServices', 'step', 'done', 1],
      ['restoreBeside', 'step', 'done', 2],
      ['verify', 'step', 'done', 2],
      ['analyze', 'step', 'done', 1],
      ['swap', 'step', 'done', 1],
      ['startServices', 'step', 'done', 1],
      ['health', 'step', 'done', 1],
      ['removeJobs', 'cleanUp', 'done', 1],
      ['freshBackup', 'step', 'skipped', 0],
    ]);
  });

  test('names the attempt whose worker died, and the one that failed and was tried again', () => {
    expect(report.gaps).toEqual([
      {
        activity: 'restore beside',
        attempt: 1,
        why: 'the worker that made it ended before it could write down how it went',
      },
    ]);
    expect(report.problems).toEqual([
      { at: second(41), activity: 'verify', attempt: 1, code: 'CONNECTION_LOST', message: 'The connection broke.' },
    ]);
  });

  test('says who decided and why, what was verified, and which commands ran', () => {
    expect(report.approvals).toEqual([{ by: 'Sato', reason: 'confirmed with the team', at: second(7), approved: true }]);
    expect(report.validation.map((row) => [row.procedure, row.actual, row.successful])).toEqual([
      ['The backup is whole', 'sha256 of 12 files', true],
      ['The target can take it', 'server 15.18 · disk 41 GB free', true],
      ['Rows of every table', '200,000 rows in 14 tables', true],
      ['Definition of every object', '96 objects', true],
      ['Content of every table', '14 fingerprints', true],
      ['The server’s log of the restore', 'none, beside 1 of interruptions', true],
      ['The plan’s own checks', '3 passed', true],
      ['The application answers', 'api 200', true],
    ]);
    expect(report.commands.map(({ command }) => command)).toEqual(["pg_restore '--dbname=a b'", 'ALTER DATABASE a RENAME TO b;']);
    expect(report.services).toEqual({
      stopped: 'backend×2 frontend',
      started: 'backend×2 frontend',
      kept: ['redis', 'adminer'],
    });
  });

  test('has the same sections in HTML and in Markdown', () => {
    const sections = [
      'Timeline',
      'Decisions',
      'What was verified',
      'Services and commands',
      'Errors, retries and gaps',
      'Evidence',
    ];
    expect([...renderHtml(report).matchAll(/<h2>(.*?)<\/h2>/g)].map((match) => match[1])).toEqual(sections);
    expect([...renderMarkdown(report).matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual(sections);
  });

  test('tells what the procedure found, with its rows, and as text even where it looks like HTML', () => {
    const findings = [
      { title: 'Rows lost', text: 'Two are in no backup.', columns: ['table', 'key'], rows: [['<b>cards</b>', '7']] },
    ];
    const told = buildReport(sources({ record: { ...record, findings } }));
    expect(told.findings).toEqual(findings);
    expect(renderHtml(told)).toContain('<h2>Rows lost</h2><p>Two are in no backup.</p>');
    expect(renderHtml(told)).toContain('&lt;b>cards&lt;/b>');
    expect(renderMarkdown(told)).toMatch(/## Rows lost\n\nTwo are in no backup\.\n\n\| table +\| key \|/);
  });

  test('needs nothing of the network', () => {
    const html = renderHtml(report);
    expect(html).toContain("content=\"default-src 'none'; style-src 'unsafe-inline'\"");
    expect(html).not.toMatch(/\b(src|href)=|url\(|@import/);
  });
});

describe('a recovery that did not go well', () => {
  test('one that was terminated: the activities are the steps, who did it is said, and how to clean up', () => {
    const cut = evidenceText(recovered.slice(0, 10));
    const report = buildReport(sources({ text: cut, record: null, history: terminated, whyNoHistory: null }));
    expect(report.outcome).toMatchObject({ state: 'terminated', hints: ['kintsugi doctor --mend'] });
    expect(report.interventions).toEqual(terminated.interventions);
    expect(report.steps.at(-1)).toMatchObject({ title: 'start services', state: 'unknown', attempts: 1 });
    expect(report.approvals[0]?.by).toBe('Sato');
    expect(report.rto.achievedMs).toBeNull();
    expect(report.madeFrom).toEqual({ history: true, evidence: true, why: null });
  });

  test('one of which only the evidence is left, without its end, says that its end is not known', () => {
    const report = buildReport(sources({ text: evidenceText(recovered.slice(0, 6)), record: null }));
    expect(report.outcome.state).toBe('unknown');
    expect(report).toMatchObject({ database: 'shop', severity: 'P1', approvals: [{ by: 'Sato' }], endedAt: second(40) });
  });

  test('one that ended is whole in its evidence alone: the record is found there', () => {
    const text = evidenceText([
      ...recovered,
      attempt('writeReport', 14, 57, 58, { result: { path: '/x.html', lines: 13, head: 'aa', record } }),
    ]);
    const report = buildReport(sources({ text, record: null }));
    expect(report.outcome.state).toBe('completedWithSkippedSteps');
    expect(report.rto.achievedMs).toBe(51_000);
    expect(report.request).toMatchObject({ by: 'Sato', reason: 'dropped by mistake' });
  });

  test('one that failed says why, in what state things are, and what to do next', () => {
    const failed = attempt('verifyRestored', 8, 40, 41, { outcome: 'failed', code: 'VERIFY_FAILED', message: 'It differs.' });
    const failure = { code: 'VERIFY_FAILED', message: 'It differs.', state: 'The old database is live.', hints: ['look'] };
    const report = buildReport(
      sources({
        text: evidenceText([...recovered.slice(0, 6), failed]),
        record: { ...record, phase: 'failed', failure, rtaMs: undefined as never },
      }),
    );
    expect(report.outcome).toEqual({
      state: 'failed',
      sentence: 'It differs. The old database is live.',
      code: 'VERIFY_FAILED',
      hints: ['look'],
    });
    expect(report.validation.find((row) => row.successful === false)?.actual).toBe('It differs.');
    expect(report.rto).toEqual({ promisedMs: 7_200_000, achievedMs: null, kept: null, why: 'the database was not brought back' });
  });
});

describe('text from outside', () => {
  const evil = '<script>alert(1)</script>';
  const cell = 'a|b';
  const report = buildReport(
    sources({
      text: evidenceText([
        attempt('chooseBackup', 2, 1, 2, { result: { id: evil, path: `/${evil}`, takenAt: null, checkedBy: [evil] } }),
        attempt('verifyRestored', 8, 40, 41, {
          outcome: 'failed',
          code: 'VERIFY_FAILED',
          message: `missing: table public."${evil}" ${cell}`,
        }),
      ]),
      record: {
        ...record,
        database: evil,
        steps: record.steps.map((step) => ({ ...step, note: evil })),
        approvals: [{ by: `${evil}" onload="x`, reason: evil, at: second(7), approved: true }],
        failure: { code: 'VERIFY_FAILED', message: evil, state: evil, hints: [evil] },
        input: { requestedBy: evil, reason: evil },
      },
    }),
  );

  test('is text in HTML: a table named like a script stays a name', () => {
    const html = renderHtml(report);
    expect(html).not.toMatch(/<script|<\/script/);
    expect(html).not.toContain('" onload="');
    expect(html).toContain('public."&lt;script>alert(1)&lt;/script>" a|b'.replaceAll('"', '&quot;'));
  });

  test('is text in Markdown: it is no HTML, and ends no cell', () => {
    const markdown = renderMarkdown(report);
    expect(markdown).not.toMatch(/(?<!\\)<script/);
    expect(markdown).toContain('a\\|b');
  });
});

describe('evidence', () => {
  const text = evidenceText(recovered);

  test('that nobody touched agrees with what others kept of it', () => {
    const { head } = checkEvidence(text);
    const { evidence } = buildReport(sources({ witnesses: [{ who: 'the report', lines: recovered.length, head }] }));
    expect(evidence).toMatchObject({ faults: [], comparedWith: ['the report'], lines: recovered.length, head });
  });

  test('that was changed shows it, in the report itself', () => {
    const report = buildReport(sources({ text: text.replace('"rows":200000', '"rows":200001') }));
    expect(report.evidence.faults).toEqual(['line 9 does not follow line 8: something before it was changed']);
    expect(renderHtml(report)).toContain('The evidence was changed, or is damaged');
  });

  test('whose last lines were cut off shows it against a witness', () => {
    const { head } = checkEvidence(text);
    const witnesses = [{ who: 'what Temporal stored', lines: recovered.length, head }];
    const { evidence } = buildReport(sources({ text: evidenceText(recovered.slice(0, 8)), witnesses }));
    expect(evidence.faults).toEqual(['what Temporal stored knew 13 lines, now there are 8: lines were removed']);
  });

  test('that was made anew as a whole shows it against a witness', () => {
    const { head } = checkEvidence(text);
    const anew = evidenceText(recovered.map((entry) => ({ ...entry, worker: 'nobody' })));
    const { evidence } = buildReport(sources({ text: anew, witnesses: [{ who: 'the report', lines: 13, head }] }));
    expect(evidence.faults).toEqual(['line 13 is not the one that the report knew']);
  });

  test('that lacks a step which Temporal knows to be done shows it', () => {
    const done = { ...terminated.activities[0], outcome: 'done' } as RunHistory['activities'][number];
    const history: RunHistory = { ...terminated, activities: [done] };
    const without = evidenceText(recovered.filter((entry) => entry.activity !== 'startServices'));
    const { evidence } = buildReport(sources({ text: without, history }));
    expect(evidence.faults).toEqual(['startServices, attempt 1: done in Temporal’s history, and missing in the evidence']);
  });
});
