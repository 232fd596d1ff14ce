import { describe, expect, test } from 'vitest';
import { checkEvidence } from '../../src/evidence/read.ts';
import { buildReport } from '../../src/reports/build.ts';
import { renderReport } from '../../src/reports/files.ts';
import { buildIncidentReport } from '../../src/reports/incident/build.ts';
import { incidentDocument } from '../../src/reports/incident/document.ts';
import { preventionListsFor } from '../../src/reports/incident/prevention-lists.ts';
import { failedAttempt, incidentEvidence, incidentRun, incidentSources } from './incident-fixture.ts';
import { attempt, evidenceText, record, second, sources } from './report-fixture.ts';

const cells = (title: string, report = buildIncidentReport(incidentSources())) =>
  incidentDocument(report)
    .sections.find((section) => section.title === title)
    ?.blocks.flatMap((block) => (block.kind === 'table' ? block.rows : []))
    .map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.text))) ?? [];

describe('an incident that went its way to the end, from its evidence alone', () => {
  const report = buildIncidentReport(incidentSources());

  test('tells what was promised and achieved', () => {
    expect(report).toMatchObject({ severity: 'P1', status: 'closed', problem: 'database shop is missing', zone: 'Asia/Tokyo' });
    expect(report.rto).toEqual({ promisedMs: 7_200_000, achievedMs: 240_000, kept: true, why: null });
    expect(report.rpo).toEqual({ promisedMs: 86_400_000, achievedMs: 3_600_000, kept: true, why: null });
    expect(report.madeFrom).toEqual({ history: false, evidence: true, why: 'Temporal did not answer' });
    expect(incidentDocument(report).lead).toBe(
      'Resolved 2026-11-24 12:04 JST by restore-shop, after 4 min. Data of the last 1 h before the recovery is lost.',
    );
  });

  test('shows through which states it went, and its timeline in Tokyo’s time', () => {
    expect(report.phases).toEqual([
      { status: 'triggered', from: second(0), until: second(60) },
      { status: 'acknowledged', from: second(60), until: second(240) },
      { status: 'resolved', from: second(240), until: second(1_140) },
      { status: 'closed', from: second(1_140), until: null },
    ]);
    expect(cells('Timeline')).toEqual([
      ['12:00:00 JST', 'sentry', 'opened as P1: database shop is missing', ''],
      ['12:00:00 JST', 'kintsugi', 'calls 佐藤, Tanaka', ''],
      ['12:01:00 JST', '佐藤', 'acknowledged', 'I have it'],
      ['12:02:00 JST', 'mallory', 'denied: close', '“mallory” is nobody of the plan.'],
      ['12:02:00 JST', 'restore-shop', 'waits for an approval', 'Restore shop?'],
      ['12:04:00 JST', 'restore-shop', 'recovered', 'shop is back from 20261124T020000Z-c41d'],
      ['12:04:00 JST', 'restore-shop', 'resolved', 'shop is back from 20261124T020000Z-c41d'],
      ['12:14:00 JST', '佐藤', 'explained', 'A test ran DROP DATABASE on production.'],
      ['12:19:00 JST', 'Tanaka', 'closed', 'all done'],
    ]);
  });

  test('tells each message with its way, the provider’s id and what became of it', () => {
    expect(cells('Communications').slice(0, 5)).toEqual([
      ['12:00:00 JST', '佐藤', 'voice +81-1', 'incident notification: demo: database shop is missing', 'delivered', 'id-0'],
      [
        '12:00:00 JST',
        'Tanaka',
        'sms +81-2',
        'incident notification: demo: database shop is missing',
        'failed: the number is not in service',
        '',
      ],
      [
        '12:00:00 JST',
        'Ito',
        'email ito@example.com',
        'incident notification: demo: database shop is missing',
        'delivered',
        'id-3',
      ],
      ['12:00:00 JST', 'Suzuki', 'voice +81-3', 'incident notification: demo: database shop is missing', 'delivered', 'id-2'],
      [
        '12:01:00 JST',
        'Tanaka',
        'sms +81-2',
        'acknowledgement: demo: 佐藤 has it, database shop is missing',
        'delivered',
        'id-5',
      ],
    ]);
    expect(report.messages.filter(({ kind }) => kind === 'postIncidentReport').map(({ recipient }) => recipient)).toEqual([
      'Ito',
      '佐藤',
      'Suzuki',
      'Tanaka',
    ]);
  });

  test('tells who did what, and who was asked, answered and was denied', () => {
    expect(cells('Who did what').slice(0, 3)).toEqual([
      ['佐藤', 'primary-dba', 'yes', '12:00:07 JST approved restore-shop\n12:01:00 JST acknowledged\n12:14:00 JST explained'],
      ['Tanaka', 'devops-lead', 'yes', '12:19:00 JST closed'],
      ['sentry', '', 'no', '12:00:00 JST opened as P1: database shop is missing'],
    ]);
    expect(report.approvals.map(({ at, what, by }) => [at, what, by])).toEqual([
      [second(7), 'approved', 'Sato'],
      [second(120), 'denied', 'mallory'],
      [second(120), 'asked', 'restore-shop'],
    ]);
  });

  test('says what of the aftermath is done, what is open, and the command for it', () => {
    expect(report.open.map(({ what, state, next }) => [what, state, next])).toEqual([
      ['The problem is gone', 'done', null],
      ['Temporary parts are cleaned up', 'done', null],
      ['The replaced database is dropped', 'later', 'kintsugi undo restore-shop'],
      ['A fresh full backup is taken', 'open', 'kintsugi backup take'],
      ['Everybody is told that it is over', 'done', null],
      ['Root cause and prevention plan', 'done', null],
      ['The incident is formally ended', 'done', null],
    ]);
    expect(cells('Root cause and prevention')).toEqual([['Tests get a user of their own', 'Tanaka', '2026-12-15']]);
    expect(report.preventionLists).toEqual([]);
  });

  test('has its recovery in it: commands, validation, what was skipped, and the end of each chain', () => {
    expect(report.recoveries.map(({ workflowId, commands }) => [workflowId, commands.length])).toEqual([['restore-shop', 2]]);
    expect(cells('Steps that were skipped')).toEqual([['fresh backup', 'left out on request', 'restore-shop']]);
    expect(cells('What was verified')).toHaveLength(8);
    expect(report.evidence.map(({ lines, head, faults }) => [lines, head.length, faults])).toEqual([[21, 64, []]]);
  });

  test('has the same sections in HTML and in Markdown, and needs nothing of the network', () => {
    const titles = [
      'What is done, and what is still open',
      'Timeline',
      'Who did what',
      'Recoveries',
      'Approvals',
      'Communications',
      'What was verified',
      'Steps that were skipped',
      'Root cause and prevention',
      'Evidence',
    ];
    const html = renderReport(report, 'html');
    expect([...html.matchAll(/<h2>(.*?)<\/h2>/g)].map((match) => match[1])).toEqual(titles);
    expect([...renderReport(report, 'md').matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual(titles);
    expect(html).toContain("content=\"default-src 'none'; style-src 'unsafe-inline'\"");
    expect(html).not.toMatch(/\b(src|href)=|url\(|@import|<script/);
  });

  test('draws states, steps and messages; the end of the RTO only where it is near enough to be seen', () => {
    const picture = (sources: Parameters<typeof incidentSources>[0]) =>
      incidentDocument(buildIncidentReport(incidentSources(sources)))
        .sections.flatMap(({ blocks }) => blocks)
        .flatMap((block) => (block.kind === 'picture' ? [block.picture] : []))[0];
    const whole = picture({});
    expect(whole?.lanes.map(({ name, bars, dots }) => [name, bars.length, dots.length])).toEqual([
      ['Incident', 3, 0],
      ['restore-shop', 12, 0],
      ['to 佐藤', 0, 2],
      ['to Tanaka', 0, 3],
      ['to Ito', 0, 1],
      ['to Suzuki', 0, 1],
    ]);
    expect(whole?.limit).toBeNull();
    expect(whole?.legend.at(-1)?.text).toBe('RTO ends 14:00 JST, beyond this picture');
    const open = evidenceText(incidentEvidence('opened'));
    expect(picture({ text: open, recoveries: [], madeAt: second(3_600) })?.limit).toEqual({ at: Date.parse(second(7_200)) });
  });
});

describe('during an incident', () => {
  test('it says how it stands, what is open, and which lists of the plan to go through', () => {
    const text = evidenceText(incidentEvidence('opened'));
    const report = buildIncidentReport(incidentSources({ text, recoveries: [], madeAt: second(1_200) }));
    expect(incidentDocument(report).lead).toBe(
      'It goes on for 20 min; nobody has it. The recovery time objective ends 14:00 JST.',
    );
    expect(report.rto).toEqual({ promisedMs: 7_200_000, achievedMs: null, kept: null, why: 'it is not resolved' });
    expect(report.open.filter(({ state }) => state === 'open').map(({ what }) => what)).toEqual([
      'The problem is gone',
      'Everybody is told that it is over',
      'Root cause and prevention plan',
      'The incident is formally ended',
    ]);
    expect(report.preventionLists.map(({ scenario }) => scenario)).toHaveLength(5);
  });

  test('while the cause is open, the plan’s prevention lists of the scenario stand for it', () => {
    const text = evidenceText(incidentEvidence('resolved'));
    const report = buildIncidentReport(incidentSources({ text }));
    expect(report.preventionLists.map(({ scenario }) => scenario)).toEqual(['Database corruption', 'Accidental data deletion']);
    expect(renderReport(report, 'md')).toContain('- ☐ Test backup restoration monthly');
    expect(report.open.find(({ what }) => what.startsWith('Root cause'))).toMatchObject({
      state: 'open',
      next: 'kintsugi incident explain incident-demo',
    });
    expect(preventionListsFor(['recoverFailedMigration'])[0]?.items).toContain(
      'Execute migrations during maintenance window only',
    );
  });

  test('a recovery that was terminated leaves the clean-up open', () => {
    const cut = buildReport(sources({ text: evidenceText([]), record: null }));
    const { open } = buildIncidentReport(incidentSources({ recoveries: [cut] }));
    expect(open.find(({ what }) => what.startsWith('Temporary'))).toEqual({
      what: 'Temporary parts are cleaned up',
      state: 'open',
      text: 'restore-shop has no known end',
      next: 'kintsugi doctor --mend',
    });
  });

  test('an approval that the others did not follow in time is shown as lapsed', () => {
    const approvals = [{ by: 'Sato', reason: 'go', at: second(7), approved: true }];
    const steps = record.steps.map((step) => (step.name === 'approval' ? { ...step, endedAt: second(7_207) } : step));
    const recovery = buildReport(sources({ record: { ...record, steps, approvals } }));
    const report = buildIncidentReport(incidentSources({ recoveries: [recovery] }));
    expect(report.approvals.filter(({ what }) => what === 'lapsed')).toEqual([
      { at: second(3_607), what: 'lapsed', by: 'Sato', why: 'the others took too long', about: 'restore-shop' },
    ]);
  });
});

describe('messages', () => {
  const withFailures = (...more: Parameters<typeof evidenceText>[0]) =>
    buildIncidentReport(incidentSources({ text: evidenceText([...incidentEvidence('opened'), ...more]) }));

  test('one that was tried again is one row, with what went wrong before', () => {
    const arrived = {
      key: 'incident-demo/1/9/1/ito/email',
      recipient: 'ito',
      channel: 'email',
      address: 'ito@example.com',
      providerId: '<a@b>',
      outcome: 'delivered',
      why: 'taken by mail.example.com',
      at: second(40),
    };
    const report = withFailures(
      failedAttempt(90, 1),
      failedAttempt(90, 2),
      attempt('sendMessage', 90, 39, 40, { attempt: 3, result: arrived }),
    );
    expect(cells('Communications', report).at(-1)).toEqual([
      '12:00:40 JST',
      'Ito',
      'email ito@example.com',
      '',
      'delivered: taken by mail.example.com\nafter 2 attempts failed: connect ECONNREFUSED',
      '<a@b>',
    ]);
  });

  test('one that never went out is told by its failure', () => {
    expect(withFailures(failedAttempt(90, 1)).messages.at(-1)).toMatchObject({
      recipient: 'Ito',
      channel: 'email',
      address: 'ito@example.com',
      outcome: 'failed',
      why: 'connect ECONNREFUSED',
    });
  });

  test('what was not sent says why', () => {
    const bundled = {
      key: 'k',
      recipient: 'sato',
      channel: 'email',
      address: 'sato@example.com',
      providerId: null,
      outcome: 'nothingSent',
      why: 'in one message with incident-demo/1/2',
      at: second(50),
      kind: 'statusUpdate',
    };
    const report = withFailures(
      attempt('recordIncident', 91, 50, 50, { result: { entries: [], attempts: [bundled], record: null } }),
    );
    expect(cells('Communications', report).at(-1)).toEqual([
      '12:00:50 JST',
      '佐藤',
      'email sato@example.com',
      'status update',
      'nothing sent, because: in one message with incident-demo/1/2',
      '',
    ]);
  });
});

describe('evidence of an incident', () => {
  const text = evidenceText(incidentEvidence());
  const { head } = checkEvidence(text);
  const runsOf = (changed: string, lines = 21) => [
    {
      runId: incidentRun,
      evidence: { file: '/x.jsonl', chain: checkEvidence(changed) },
      history: null,
      witnesses: [{ who: 'the report', lines, head }],
    },
  ];

  test('that nobody touched agrees with what others kept of it', () => {
    const [evidence] = buildIncidentReport(incidentSources({ runs: runsOf(text) })).evidence;
    expect(evidence).toMatchObject({ lines: 21, head, faults: [], comparedWith: ['the report'] });
  });

  test('a changed line shows', () => {
    const [evidence] = buildIncidentReport(
      incidentSources({ runs: runsOf(text.replace('not in service', 'in service')) }),
    ).evidence;
    expect(evidence?.faults[0]).toMatch(/^line \d+ does not follow line \d+: something before it was changed$/);
  });

  test('lines cut off the end show against who kept the end', () => {
    const cut = `${text.split('\n').slice(0, 19).join('\n')}\n`;
    const [evidence] = buildIncidentReport(incidentSources({ runs: runsOf(cut) })).evidence;
    expect(evidence?.faults).toEqual(['the report knew 21 lines, now there are 19: lines were removed']);
  });

  test('of several runs is one report: the incident continued as new', () => {
    const [first, second] = [incidentEvidence().slice(0, 7), incidentEvidence().slice(7)];
    const run = (runId: string, entries: typeof first) => ({
      runId,
      evidence: { file: `/${runId}.jsonl`, chain: checkEvidence(evidenceText(entries)) },
      history: null,
      witnesses: [],
    });
    const report = buildIncidentReport(incidentSources({ runs: [run('a', first), run('b', second)] }));
    const whole = buildIncidentReport(incidentSources());
    expect(report.timeline).toEqual(whole.timeline);
    expect(report.messages).toEqual(whole.messages);
    expect(report.evidence.map(({ lines }) => lines)).toEqual([7, 14]);
  });
});

test('text from outside is text in every form', () => {
  const evil = '<script>alert(1)</script>';
  const text = evidenceText([
    ...incidentEvidence(),
    attempt('recordIncident', 99, 2_000, 2_000, {
      result: {
        entries: [{ number: 99, at: second(2_000), who: evil, what: `a|b ${evil}`, why: evil }],
        attempts: [],
        record: null,
      },
    }),
  ]);
  const report = buildIncidentReport(incidentSources({ text }));
  expect(renderReport(report, 'html')).not.toMatch(/<script|<\/script/);
  const markdown = renderReport(report, 'md');
  expect(markdown).not.toMatch(/(?<!\\)<script/);
  expect(markdown).toContain('a\\|b');
});
