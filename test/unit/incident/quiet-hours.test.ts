import { expect, test } from 'vitest';
import { acknowledge, writeStatus } from '../../../src/incident/incident.ts';
import { given, type team } from './scene.ts';

const support = (zone: string, reach: readonly object[] = [{ email: 'ito@example.com' }]) => ({
  people: { ito: { name: 'Ito', roles: ['support-team'], zone, reach: [...reach] as typeof team.ito.reach } },
});

test('a P3 at night waits for seven in the morning where the person is, and its time to answer runs from there', () => {
  // 23:30 in Tokyo.
  const scene = given({ at: '2026-11-24T14:30:00.000Z', plan: support('Asia/Tokyo'), incident: { severity: 'P3', rto: '30d' } });
  scene.pass('7h');
  scene.expectSilence();
  scene.pass('30m');
  scene.expectCalls('22:00 email ito incidentNotification');
  expect(new Date(scene.state.nextLevelAt ?? 0).toISOString()).toBe('2026-11-25T02:00:00.000Z');
  scene.pass('4h');
  scene.expectCalls('02:00 email ito incidentNotification');
});

test('the same instant is day elsewhere', () => {
  const scene = given({ at: '2026-11-24T14:30:00.000Z', plan: support('Europe/Berlin'), incident: { severity: 'P3' } });
  scene.expectCalls('14:30 email ito incidentNotification');
});

test('a next way that would ring in quiet hours waits, too', () => {
  const plan = support('UTC', [{ sms: '+81-4' }, { phone: '+81-4' }]);
  const scene = given({ at: '2026-11-24T21:58:00.000Z', plan, incident: { severity: 'P3', rto: '30d' } });
  scene.expectCalls('21:58 sms ito incidentNotification');
  scene.pass('9h');
  scene.expectSilence();
  scene.pass('2m');
  // Four hours were over at 01:58 and it begins anew, by day.
  scene.expectCalls('07:00 sms ito incidentNotification');
});

test('a P1 knows no quiet hours', () => {
  const scene = given({ at: '2026-11-24T18:00:00.000Z', plan: { zone: 'Asia/Tokyo' } });
  expect(scene.heard()[0]).toBe('18:00 voice sato incidentNotification');
});

test('a person’s own words written at night reach the others in the morning, in one message, and no automatic update takes their place', () => {
  const scene = given({
    at: '2026-11-24T20:00:00.000Z',
    plan: { ...support('UTC'), escalation: { P3: { updates: { responders: '2h' }, acknowledgementLasts: '3d' } } },
    incident: { severity: 'P3', rto: '30d' },
  });
  scene.does((state, now) => acknowledge(state, { by: 'ito', reason: 'on it' }, now));
  scene.heard();
  scene.pass('150m');
  scene.heard();
  scene.does((state, now) => writeStatus(state, { by: 'sato', text: 'a disk is slow' }, now));
  scene.does((state, now) => writeStatus(state, { by: 'sato', text: 'it was replaced' }, now));
  scene.pass('510m');
  const heard = scene.heard();
  expect(heard.filter((line) => line.endsWith('statusUpdate'))).toEqual(['07:00 email ito statusUpdate']);
  const { text } = scene.sent.find(({ at, message }) => at === '07:00' && message.kind === 'statusUpdate')?.message ?? {
    text: '',
  };
  expect(text).toContain('a disk is slow');
  expect(text).toContain('it was replaced');
});

test('a P4 has until the end of work on the next working day: Friday afternoon until Monday at six', () => {
  const scene = given({
    at: '2026-11-27T06:00:00.000Z',
    plan: { ...support('Asia/Tokyo'), zone: 'Asia/Tokyo' },
    incident: { severity: 'P4', rto: '30d' },
  });
  scene.expectCalls('06:00 email ito incidentNotification');
  expect(new Date(scene.state.nextLevelAt ?? 0).toISOString()).toBe('2026-11-30T09:00:00.000Z');
});

test('seven in the morning is an hour earlier on the day the clocks go forward', () => {
  // New York, night to 2027-03-14: 07:00 is 11:00 UTC, on the day before it was 12:00.
  const before = given({
    at: '2027-03-13T06:00:00.000Z',
    plan: support('America/New_York'),
    incident: { severity: 'P3', rto: '30d' },
  });
  const after = given({
    at: '2027-03-14T06:00:00.000Z',
    plan: support('America/New_York'),
    incident: { severity: 'P3', rto: '30d' },
  });
  before.pass('6h');
  after.pass('6h');
  before.expectCalls('12:00 email ito incidentNotification');
  after.expectCalls('11:00 email ito incidentNotification');
});
