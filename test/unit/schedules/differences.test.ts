import { expect, test } from 'vitest';
import { type WantedSchedule, wantedSchedules } from '../../../src/schedules/definition.ts';
import { changesOf, type FoundSchedule } from '../../../src/schedules/differences.ts';
import { kindNames } from '../../../src/schedules/kinds.ts';
import { shopPlan as plan } from '../../shop-plan.ts';

const asMade = ({ id, kind, definition }: WantedSchedule): FoundSchedule => ({
  id,
  kind,
  definition,
  applied: definition,
  paused: false,
});

test('the document’s table: when backups run', () => {
  const backups = wantedSchedules(plan()).find(({ kind }) => kind === 'backups');
  expect(backups?.definition.times).toEqual([
    '02:00 every Sunday',
    '02:00 every day',
    '02:00 on day 1 of each month',
    'every hour at :00',
  ]);
  expect(backups?.definition).toMatchObject({ zone: 'Asia/Tokyo', overlap: 'SKIP', catchUpMs: 3_600_000 });
});

test('every kind of the plan is a schedule, and none that is off', () => {
  const made = wantedSchedules(plan()).map(({ kind }) => kind);
  expect(made).toEqual([...kindNames]);
  expect(wantedSchedules(plan({ schedules: { drill: 'off' } })).map(({ kind }) => kind)).not.toContain('drill');
});

test('nothing there: all are made; all there: nothing changes', () => {
  const wanted = wantedSchedules(plan());
  expect(changesOf(wanted, []).map(({ act }) => act)).toEqual(wanted.map(() => 'create'));
  expect(changesOf(wanted, wanted.map(asMade)).map(({ act }) => act)).toEqual(wanted.map(() => 'keep'));
});

test('what the plan changed, and what a person changed by hand, are told apart', () => {
  const before = wantedSchedules(plan()).map(asMade);
  const wanted = wantedSchedules(plan({ schedules: { backups: { daily: { at: '03:00' } } } }));
  const [changed] = changesOf(wanted, before);
  expect(changed).toMatchObject({ act: 'update', byHand: [] });
  expect(changed).toHaveProperty('differences.0', expect.stringContaining('→ 02:00 every Sunday; 02:00 on day 1'));
  const byHand = before.map((each) => ({ ...each, definition: { ...each.definition, overlap: 'ALLOW_ALL' } }));
  const [mended] = changesOf(wantedSchedules(plan()), byHand);
  expect(mended).toMatchObject({
    act: 'update',
    differences: ['when the one before still runs: ALLOW_ALL → SKIP'],
    byHand: ['when the one before still runs: SKIP → ALLOW_ALL'],
  });
});

test('what left the plan is removed, also when somebody changed it', () => {
  const off = plan({ schedules: { backups: { hourly: 'off', daily: 'off', weekly: 'off', monthly: 'off' } } });
  const before = wantedSchedules(plan()).map(asMade);
  const removed = changesOf(wantedSchedules(off), before).filter(({ act }) => act === 'remove');
  expect(removed).toEqual([{ act: 'remove', kind: 'backups', id: 'kintsugi-shop-backups', byHand: [] }]);
});
