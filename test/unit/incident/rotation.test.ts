import { describe, expect, test } from 'vitest';
import { type OnCallPlan, peopleOf } from '../../../src/incident/on-call.ts';
import { planSchema } from '../../../src/plan/schema.ts';

const people = {
  sato: { name: 'Sato', roles: ['primary-dba'] },
  suzuki: { name: 'Suzuki', roles: ['primary-dba'] },
  tanaka: { name: 'Tanaka', roles: ['primary-dba'] },
};

function plan(rotation: object): OnCallPlan {
  return planSchema.parse({
    version: 1,
    stack: { project: 'demo' },
    database: { name: 'shop', user: 'admin' },
    people,
    onCall: { 'primary-dba': { since: '2026-01-05', weeks: ['sato', 'suzuki'], ...rotation } },
  });
}

/** Looks at every minute of some days (UTC). @returns each change, as `2026-03-30T07:00:00.000Z suzuki>sato`. */
function handovers(rotation: object, ...days: string[]): string[] {
  const asked = plan(rotation);
  const at = (instant: number) => peopleOf(asked, 'primary-dba', instant)[0] ?? 'nobody';
  return days.flatMap((day) => {
    const changes: string[] = [];
    const begin = Date.parse(`${day}T00:00:00Z`);
    for (let minute = 0, before = at(begin - 60_000); minute < 24 * 60; minute += 1) {
      const now = at(begin + minute * 60_000);
      if (now !== before) changes.push(`${new Date(begin + minute * 60_000).toISOString()} ${before}>${now}`);
      before = now;
    }
    return changes;
  });
}

describe('across a change of the clocks, hand-over stays at the same time on the wall', () => {
  test('Berlin goes forward: Monday 09:00 is 08:00 UTC before, 07:00 after', () => {
    expect(handovers({ zone: 'Europe/Berlin' }, '2026-03-23', '2026-03-29', '2026-03-30', '2026-04-06')).toEqual([
      '2026-03-23T08:00:00.000Z sato>suzuki',
      '2026-03-30T07:00:00.000Z suzuki>sato',
      '2026-04-06T07:00:00.000Z sato>suzuki',
    ]);
  });

  test('Berlin goes back: 07:00 UTC before, 08:00 after', () => {
    expect(handovers({ zone: 'Europe/Berlin' }, '2026-10-19', '2026-10-25', '2026-10-26', '2026-11-02')).toEqual([
      '2026-10-19T07:00:00.000Z sato>suzuki',
      '2026-10-26T08:00:00.000Z suzuki>sato',
      '2026-11-02T08:00:00.000Z sato>suzuki',
    ]);
  });

  test('a hand-over in the hour that the clocks skip comes as much later, once', () => {
    const rotation = { zone: 'Europe/Berlin', handover: { day: 'sunday', at: '02:30' }, since: '2026-01-04' };
    expect(handovers(rotation, '2026-03-28', '2026-03-29')).toEqual(['2026-03-29T01:30:00.000Z suzuki>sato']);
  });

  test('a hand-over in the hour that comes twice is at the first of them, once', () => {
    const rotation = { zone: 'Europe/Berlin', handover: { day: 'sunday', at: '02:30' }, since: '2026-01-04' };
    expect(handovers(rotation, '2026-10-24', '2026-10-25')).toEqual(['2026-10-25T00:30:00.000Z suzuki>sato']);
  });

  test('New York, whose change is on another day than Europe’s', () => {
    expect(handovers({ zone: 'America/New_York' }, '2026-03-08', '2026-03-09', '2026-03-16')).toEqual([
      '2026-03-09T13:00:00.000Z sato>suzuki',
      '2026-03-16T13:00:00.000Z suzuki>sato',
    ]);
  });

  test('Tokyo has none, whatever others do', () => {
    expect(handovers({ zone: 'Asia/Tokyo' }, '2026-03-23', '2026-03-29', '2026-03-30', '2026-04-06')).toEqual([
      '2026-03-23T00:00:00.000Z sato>suzuki',
      '2026-03-30T00:00:00.000Z suzuki>sato',
      '2026-04-06T00:00:00.000Z sato>suzuki',
    ]);
  });
});

test('a leap day is a day of its week like any other', () => {
  const rotation = { zone: 'Asia/Tokyo', since: '2028-02-21', weeks: ['sato', 'suzuki', 'tanaka'] };
  expect(handovers(rotation, '2028-02-28', '2028-02-29', '2028-03-06')).toEqual([
    '2028-02-28T00:00:00.000Z sato>suzuki',
    '2028-03-06T00:00:00.000Z suzuki>tanaka',
  ]);
});

test('before the first week it goes backwards through the list', () => {
  expect(handovers({ zone: 'Asia/Tokyo', weeks: ['sato', 'suzuki', 'tanaka'] }, '2025-12-29', '2026-01-05')).toEqual([
    '2025-12-29T00:00:00.000Z suzuki>tanaka',
    '2026-01-05T00:00:00.000Z tanaka>sato',
  ]);
});

test('an override begins and ends on the wall of the rotation’s zone, the last one that fits counts, and null is nobody', () => {
  const overrides = [
    { from: '2026-12-31T18:00', to: '2027-01-01T18:00', person: 'tanaka' },
    { from: '2027-01-01T00:00', to: '2027-01-01T06:00', person: null },
  ];
  expect(handovers({ zone: 'Asia/Tokyo', overrides }, '2026-12-31', '2027-01-01')).toEqual([
    '2026-12-31T09:00:00.000Z suzuki>tanaka',
    '2026-12-31T15:00:00.000Z tanaka>nobody',
    '2026-12-31T21:00:00.000Z nobody>tanaka',
    '2027-01-01T09:00:00.000Z tanaka>suzuki',
  ]);
});

test('a week with nobody', () => {
  const rotation = { zone: 'Asia/Tokyo', weeks: ['sato', null] };
  expect(peopleOf(plan(rotation), 'primary-dba', Date.parse('2026-01-14T00:00:00Z'))).toEqual([]);
});
