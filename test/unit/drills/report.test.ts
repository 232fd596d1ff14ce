import { describe, expect, test } from 'vitest';
import { rulesOf } from '../../../src/drills/dates.ts';
import type { Drill, DrillLine } from '../../../src/drills/record.ts';
import { parseDrill } from '../../../src/drills/record.ts';
import { buildReport } from '../../../src/reports/build.ts';
import { buildDrillReport } from '../../../src/reports/drill/build.ts';
import { renderReport } from '../../../src/reports/files.ts';
import { sources } from '../report-fixture.ts';
import { drill, plan, tokyo } from './fixture.ts';

const criterion = (name: string, must = true) => ({ name, what: `what of ${name}`, expected: 'it is so', must, limitMs: null });

function held(changes: Partial<NonNullable<Drill['ended']>> = {}, signOffs: Drill['signOffs'] = []): Drill {
  const { begun, ended } = drill('2026-11-06T10:00', { rtaMs: 90_000 });
  if (ended === null) throw new Error('it has an end');
  return {
    begun: {
      ...begun,
      criteria: [criterion('backup'), criterion('application'), criterion('pace', false)],
      scope: ['one backup'],
    },
    ended: {
      ...ended,
      text: 'The drill passed.',
      results: [
        { name: 'backup', actual: 'sha256 of 12 files', met: true },
        { name: 'application', actual: 'it answers 200', met: true },
      ],
      ...changes,
    },
    signOffs,
  };
}

const rules = [rulesOf(plan({ schedules: { annualTest: 'off' } }), tokyo('2026-08-15T00:00'))];
const made = (one: Drill, former: readonly Drill[] = []) =>
  buildDrillReport({
    drill: one,
    run: buildReport(sources()),
    drills: [one, ...former],
    rules,
    madeAt: new Date(tokyo('2026-11-20T12:00')).toISOString(),
    zone: 'Asia/Tokyo',
  });

describe('the report of a drill', () => {
  test('shows criteria, scope, steps, validation, results and former drills in both forms, and missed dates', () => {
    const report = made(held(), [drill('2026-10-02T10:00', { rtaMs: 80_000 })]);
    expect(report.past.map(({ outcome }) => outcome)).toEqual(['missed', 'passed', 'passed']);
    const [html, markdown] = [renderReport(report, 'html'), renderReport(report, 'md')];
    for (const text of [
      'Drill of shop',
      'what of backup',
      'sha256 of 12 files',
      'one backup',
      'restore beside',
      'Rows of every table',
      'Recovery on an alternate platform',
      'missed',
      'kintsugi drill sign-off drill-shop/',
    ]) {
      expect(html, text).toContain(text);
      expect(markdown, text).toContain(text);
    }
    expect(html).toContain('Time to recover in each drill');
    expect(JSON.parse(renderReport(report, 'json'))).toMatchObject({ kind: 'drill', version: 1 });
  });

  test('of a failed one says what was missed and that actions are open', () => {
    const failed = held({
      outcome: 'failed',
      text: 'The drill failed.',
      results: [{ name: 'backup', actual: 'damaged', met: false }],
    });
    const markdown = renderReport(made(failed), 'md');
    expect(markdown).toContain('# Drill of shop: failed');
    expect(markdown).toMatch(/what of backup +\| it is so +\| damaged +\| ✖ missed/);
    expect(markdown).toMatch(/what of application +\| it is so +\| +\| not come to/);
    expect(markdown).toContain('Open: nobody wrote down yet what is done about it');
  });

  test('of one without an end says so', () => {
    const open = { ...held(), ended: null };
    expect(made(open).observations.at(-1)?.text).toContain('Nobody wrote down how it ended');
    expect(renderReport(made(open), 'md')).toContain('# Drill of shop: end not known');
  });

  test('has the observations, actions and words of those who signed it off', () => {
    const signOff = {
      type: 'signedOff' as const,
      at: new Date(tokyo('2026-11-09T09:00')).toISOString(),
      by: 'Sato',
      verdict: 'accepted-with-actions' as const,
      comment: 'good enough',
      participants: ['Tanaka'],
      observations: ['the disk is slow'],
      actions: [{ what: 'a faster disk', who: 'Tanaka', until: '2026-12-31' }],
    };
    const report = made(held({}, [signOff]));
    expect(report.observations.at(-1)).toEqual({ text: 'the disk is slow', by: 'Sato' });
    expect(report.participants).toContainEqual({ name: 'Tanaka', did: 'took part' });
    const markdown = renderReport(report, 'md');
    for (const text of ['a faster disk', '2026-12-31', 'good enough', 'accepted with actions']) expect(markdown).toContain(text);
  });
});

test('a torn or strange line of a drill’s file counts as none', () => {
  const { begun, ended } = held();
  const lines: (DrillLine | string)[] = [begun, '{"type":"later"}', ended as DrillLine, '{"type":"signedOff","at"'];
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  expect(parseDrill(text)).toMatchObject({ begun: { runId: begun.runId }, ended: { outcome: 'passed' }, signOffs: [] });
  expect(parseDrill('')).toBeNull();
});
