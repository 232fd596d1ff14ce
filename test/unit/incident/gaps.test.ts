import { expect, test } from 'vitest';
import { gapsOnCall } from '../../../src/incident/gaps.ts';
import { planSchema } from '../../../src/plan/schema.ts';

const person = (role: string) => ({ name: role, roles: [role] });
const plan = (onCall: object, zone = 'Asia/Tokyo') =>
  planSchema.parse({
    version: 1,
    zone,
    stack: { project: 'shop' },
    database: { name: 'shop', user: 'admin' },
    people: {
      sato: person('primary-dba'),
      tanaka: person('primary-dba'),
      b: person('secondary-dba'),
      c: person('devops-lead'),
      d: person('system-admin'),
      e: person('support-team'),
    },
    onCall,
  });
const days = 86_400_000;
const gaps = (of: ReturnType<typeof plan>, from: string, length = 14) =>
  gapsOnCall(of, Date.parse(from), Date.parse(from) + length * days).map(
    (gap) => `${gap.role} ${new Date(gap.from).toISOString()} ${new Date(gap.to).toISOString()}`,
  );

test('everybody is there: no gap', () => {
  expect(gaps(plan({}), '2026-11-24T00:00:00Z')).toEqual([]);
});

test('a role that nobody has is one long gap', () => {
  const { people, ...rest } = plan({});
  const { e: _gone, ...others } = people;
  expect(gaps({ ...rest, people: others }, '2026-11-24T00:00:00Z')).toEqual([
    'support-team 2026-11-24T00:00:00.000Z 2026-12-08T00:00:00.000Z',
  ]);
});

test('a week with nobody, from its hand-over to the next', () => {
  const rotation = { since: '2026-11-23', weeks: ['sato', null] };
  expect(gaps(plan({ 'primary-dba': rotation }), '2026-11-24T00:00:00Z')).toEqual([
    'primary-dba 2026-11-30T00:00:00.000Z 2026-12-07T00:00:00.000Z',
  ]);
});

test('an override without anybody, to the minute; and one that fills a gap', () => {
  const rotation = {
    since: '2026-11-23',
    weeks: ['sato', null],
    overrides: [
      { from: '2026-11-26T12:34', to: '2026-11-26T13:00', person: null },
      { from: '2026-11-30T09:00', to: '2026-12-06T09:00', person: 'tanaka' },
    ],
  };
  expect(gaps(plan({ 'primary-dba': rotation }), '2026-11-24T00:00:00Z')).toEqual([
    'primary-dba 2026-11-26T03:34:00.000Z 2026-11-26T04:00:00.000Z',
    'primary-dba 2026-12-06T00:00:00.000Z 2026-12-07T00:00:00.000Z',
  ]);
});

test('the hand-over is the same time on the wall on both sides of a change of the clocks', () => {
  const rotation = { since: '2027-03-08', weeks: [null, 'sato'] };
  expect(gaps(plan({ 'primary-dba': rotation }, 'America/New_York'), '2027-03-08T14:00:00Z')).toEqual([
    'primary-dba 2027-03-08T14:00:00.000Z 2027-03-15T13:00:00.000Z',
    'primary-dba 2027-03-22T13:00:00.000Z 2027-03-22T14:00:00.000Z',
  ]);
});
