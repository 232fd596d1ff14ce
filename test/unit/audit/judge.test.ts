import { describe, expect, test } from 'vitest';
import { type AuditRecord, judge, missedDates, type Seen, type SeenSchedule } from '../../../src/audit/judge.ts';
import { planSchema } from '../../../src/plan/schema.ts';
import { tierNames } from '../../../src/plan/tier-names.ts';
import { occurrences } from '../../../src/schedules/calendar.ts';

const plan = planSchema.parse({
  version: 1,
  zone: 'Asia/Tokyo',
  stack: { project: 'shop' },
  database: { name: 'shop', user: 'admin' },
});
const at = (iso: string) => Date.parse(`${iso}:00+09:00`);
const hour = 3_600_000;
const now = at('2026-11-10T12:30');
const since = at('2026-11-01T00:00');

const schedule = (changes: Partial<SeenSchedule> = {}): SeenSchedule => ({
  kind: 'backups',
  there: true,
  paused: false,
  since,
  due: [],
  ran: [],
  missed: 0,
  skipped: 0,
  missedMatters: true,
  ...changes,
});
const seen = (changes: Partial<Seen> = {}): Seen => ({
  incidents: [],
  schedules: [schedule()],
  backups: [
    { takenAt: at('2026-11-10T02:00'), tiers: [...tierNames] },
    { takenAt: at('2026-11-10T12:00'), tiers: ['hourly'] },
  ],
  recovery: null,
  ...changes,
});
const record = (changes: Partial<AuditRecord> = {}): AuditRecord => ({
  lookedAt: now - 300_000,
  schedules: { backups: { missed: 0, skipped: 0, from: since } },
  told: {},
  ...changes,
});
const problems = (what: Seen, before: AuditRecord | null = record(), when = now) =>
  judge(plan, what, before, when).findings.map(({ severity, problem }) => `${severity} ${problem}`);

test('all is well: nothing is said', () => {
  expect(problems(seen())).toEqual([]);
  expect(problems(seen(), null)).toEqual([]);
});

describe('incidents', () => {
  const incident = { workflowId: 'incident-shop-x', nextDeadline: now - 6 * 60_000, silent: null };

  test('one whose deadline passed and that did nothing', () => {
    expect(problems(seen({ incidents: [incident] }))).toEqual([
      'P2 incident incident-shop-x should have acted at 12:24 JST and did not',
    ]);
    expect(problems(seen({ incidents: [{ ...incident, nextDeadline: now - 60_000 }] }))).toEqual([]);
  });

  test('one that does not answer; one that waits for people only', () => {
    expect(problems(seen({ incidents: [{ ...incident, nextDeadline: null, silent: 'timed out' }] }))).toEqual([
      'P2 incident incident-shop-x does not answer: timed out',
    ]);
    expect(problems(seen({ incidents: [{ ...incident, nextDeadline: null }] }))).toEqual([]);
  });
});

describe('missed dates', () => {
  const hours = (from: string, to: string) => occurrences([{ minute: 0 }], plan.zone, at(from), at(to));

  test('none: what was due ran', () => {
    const due = hours('2026-11-10T08:30', '2026-11-10T11:30');
    expect(missedDates({ due, ran: due, missed: 0, skipped: 0 }, null)).toEqual([]);
  });

  test('an outage of Temporal: the hours in it, by their dates', () => {
    const due = hours('2026-11-10T00:30', '2026-11-10T11:30');
    const ran = due.filter((each) => each < at('2026-11-10T03:30') || each > at('2026-11-10T08:30'));
    const found = problems(seen({ schedules: [schedule({ due, ran, missed: 5 })] }));
    expect(found).toEqual([
      'P3 backups did not run at 2026-11-10 04:00 JST, 2026-11-10 05:00 JST, 2026-11-10 06:00 JST and 2 more',
    ]);
  });

  test('an outage of days: the server remembers ten runs, its counts tell of the rest', () => {
    const due = hours('2026-11-05T00:30', '2026-11-10T11:30');
    const ran = due.slice(-10);
    const forgotten = due.length - 10;
    expect(missedDates({ due, ran, missed: 40, skipped: 2 }, { missed: 0, skipped: 2 })).toHaveLength(40);
    expect(missedDates({ due, ran, missed: 0, skipped: 0 }, null)).toEqual([]);
    expect(missedDates({ due, ran, missed: 10_000, skipped: 0 }, null)).toHaveLength(forgotten);
  });

  test('not of a paused schedule, nor while a recovery is at work, nor where a late run is as good', () => {
    const due = hours('2026-11-10T08:30', '2026-11-10T11:30');
    expect(problems(seen({ schedules: [schedule({ due, paused: true })] }))).toEqual([]);
    expect(problems(seen({ schedules: [schedule({ due })], recovery: 'restore-shop' }))).toEqual([]);
    expect(problems(seen({ schedules: [schedule({ kind: 'retention', due, missedMatters: false }), schedule()] }))).toEqual([]);
  });

  test('after a pause it is counted from then on', () => {
    const { record: after } = judge(plan, seen({ schedules: [schedule({ paused: true })] }), record(), now);
    expect(after).toMatchObject({ schedules: { backups: { from: now } } });
    const next = judge(plan, seen(), after, now + 300_000);
    expect(next.record).toMatchObject({ schedules: { backups: { from: now } } });
  });
});

test('a schedule that the plan wants and that is not there', () => {
  expect(problems(seen({ schedules: [schedule({ there: false })] }))).toEqual([
    'P3 there is no schedule for backups, which the plan wants: kintsugi schedules apply',
  ]);
});

describe('backups', () => {
  test('late tiers are named with the date that has none', () => {
    const backups = [{ takenAt: at('2026-11-10T02:00'), tiers: [...tierNames] }];
    expect(problems(seen({ backups }))).toEqual(['P3 backups of shop late: hourly of 11:00 JST']);
  });

  test('older than the RPO is worse', () => {
    const backups = [{ takenAt: at('2026-11-09T02:00'), tiers: [...tierNames] }];
    expect(problems(seen({ backups }))[0]).toMatch(
      /^P2 backups of shop late: hourly .*, daily .*; the newest is older than the RPO of 24 h$/,
    );
  });

  test('none at all, right after the schedule was made, is nobody’s fault', () => {
    expect(problems(seen({ backups: [], schedules: [schedule({ since: now - 60_000 })] }))).toEqual([]);
  });
});

describe('what is told', () => {
  const late = seen({ backups: [{ takenAt: at('2026-11-10T02:00'), tiers: [...tierNames] }] });
  const well = seen({ backups: [{ takenAt: at('2026-11-10T12:40'), tiers: [...tierNames] }] });

  test('once, again when it changes or an hour later, and that it is well again', () => {
    const first = judge(plan, late, record(), now);
    expect(first.tell).toHaveLength(1);
    const second = judge(plan, late, first.record, now + 300_000);
    expect([second.findings.length, second.tell.length, second.recovered]).toEqual([1, 0, []]);
    expect(judge(plan, late, first.record, now + hour).tell).toHaveLength(1);
    const third = judge(plan, well, second.record, now + 600_000);
    expect([third.findings, third.recovered]).toEqual([[], ['backups']]);
    expect(judge(plan, well, third.record, now + 900_000).recovered).toEqual([]);
  });

  test('what is past is told, and not withdrawn', () => {
    const due = [at('2026-11-10T11:00')];
    const first = judge(plan, seen({ schedules: [schedule({ due })] }), record(), now);
    expect(first.tell).toMatchObject([{ subject: 'missed-backups', past: true }]);
    expect(judge(plan, seen(), first.record, now + 300_000).recovered).toEqual([]);
  });
});

test('a drill that has not passed since one was due is told until one passes', () => {
  const dueAt = at('2026-11-06T10:00');
  expect(problems(seen({ drill: { dueAt, passedAt: at('2026-11-06T10:00') } }))).toEqual([]);
  expect(problems(seen({ drill: null }))).toEqual([]);
  const old = seen({ drill: { dueAt, passedAt: at('2026-10-02T10:00') } });
  expect(problems(old)).toEqual([
    'P3 no drill of shop has passed since 2026-11-06 10:00 JST, when one was due; the last one did on 2026-10-02 10:00 JST: kintsugi drill run',
  ]);
  const told = { 'drill-age': { problem: problems(old)[0]?.slice(3) ?? '', at: now, past: false } };
  expect(judge(plan, seen(), record({ told }), now).recovered).toEqual(['drill-age']);
});
