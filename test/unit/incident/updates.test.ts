import { expect, test } from 'vitest';
import { acknowledge, snooze, writeStatus } from '../../../src/incident/incident.ts';
import { hearOfRecovery } from '../../../src/incident/recovery.ts';
import { recovery } from './recovery.ts';
import { given, team } from './scene.ts';

const { sato, tanaka, ito } = team;
/** Sato has it; Tanaka was called, Ito was not. */
const acknowledged = (P1 = {}) => {
  const scene = given({
    plan: { zone: 'Asia/Tokyo', people: { sato, tanaka, ito }, escalation: { P1: { acknowledgementLasts: '12h', ...P1 } } },
  });
  scene.does((state, now) => acknowledge(state, { by: 'sato', reason: 'on it' }, now));
  scene.heard();
  return scene;
};

test('a reminder five minutes before an update is due, then the update itself: responders every 15 minutes, everyone every 30', () => {
  const scene = acknowledged();
  scene.pass('30m');
  scene.expectCalls(
    '00:10 email sato reminder',
    '00:15 email sato statusUpdate',
    '00:15 sms tanaka statusUpdate',
    '00:25 email sato reminder',
    '00:30 email sato statusUpdate',
    '00:30 sms tanaka statusUpdate',
    '00:30 email ito statusUpdate',
    // Two in a row were automatic: who has it is called, and the next level that has somebody.
    '00:30 voice sato incidentNotification',
    '00:30 sms tanaka incidentNotification',
  );
  expect(scene.timeline()).toContain('kintsugi: a status update is overdue: 2 in a row were automatic');
});

test('an update that a person writes goes to everybody at once, and the times begin anew', () => {
  const scene = acknowledged();
  scene.pass('12m');
  scene.expectCalls('00:10 email sato reminder');
  scene.does((state, now) => writeStatus(state, { by: 'sato', text: 'the copy is being checked' }, now));
  scene.expectCalls('00:12 email sato statusUpdate', '00:12 sms tanaka statusUpdate', '00:12 email ito statusUpdate');
  expect(scene.last('ito').text).toContain('sato: the copy is being checked');
  scene.pass('15m');
  scene.expectCalls('00:22 email sato reminder', '00:27 email sato statusUpdate', '00:27 sms tanaka statusUpdate');
});

test('an automatic update says what is done, what runs, what is left, and when the next one comes', () => {
  const scene = acknowledged();
  scene.does((state, now) => hearOfRecovery(state, recovery({ done: ['preflight', 'fence'], leftMs: 420_000 }), now));
  scene.pass('15m');
  scene.heard();
  expect(scene.last('tanaka').text).toBe(
    [
      'Done: preflight, fence.',
      'Now: restore beside, since 2026-11-24 09:00 JST.',
      'About 7 minutes left.',
      'Responder: Sato. RTO ends 2026-11-24 11:00 JST.',
      'Next update: 2026-11-24 09:30 JST.',
    ].join('\n'),
  );
});

test('while it is snoozed everybody is kept informed, and nobody is reminded or called', () => {
  const scene = acknowledged();
  scene.does((state, now) => snooze(state, { by: 'sato', for: '1h', reason: 'a disk is on its way' }, now));
  scene.pass('59m');
  const heard = scene.heard();
  expect(heard.every((line) => line.endsWith('statusUpdate'))).toBe(true);
  expect(heard.filter((line) => line.includes('ito'))).toEqual(['00:30 email ito statusUpdate']);
});

test('an update written during a snooze does not move its end', () => {
  const scene = acknowledged();
  scene.does((state, now) => snooze(state, { by: 'sato', for: '20m', reason: 'lunch' }, now));
  scene.pass('10m');
  scene.does((state, now) => writeStatus(state, { by: 'sato', text: 'all the same' }, now));
  scene.heard();
  scene.pass('9m');
  scene.expectSilence();
  scene.pass('1m');
  scene.expectCalls('00:20 voice sato incidentNotification', '00:20 sms tanaka incidentNotification');
});

test('the worker was away for an hour: one update, not four', () => {
  const scene = acknowledged();
  scene.away('61m');
  expect(scene.heard().filter((line) => line.endsWith('sato statusUpdate'))).toEqual(['01:01 email sato statusUpdate']);
  scene.pass('14m');
  expect(scene.heard()).toContain('01:15 sms tanaka statusUpdate');
});

test('the recovery time objective is missed: the responder and the next level hear of it, once', () => {
  const scene = acknowledged({ updates: { responders: '30d', everyone: '30d' } });
  scene.pass('119m');
  scene.expectSilence();
  scene.pass('1m');
  scene.expectCalls('02:00 voice sato incidentNotification', '02:00 sms tanaka incidentNotification');
  expect(scene.last('sato').text.split('\n')[0]).toBe('The recovery time objective is missed.');
  scene.does((state, now) => acknowledge(state, { by: 'sato', reason: 'I know' }, now));
  scene.pass('9h');
  scene.expectSilence();
});

test('a step that takes longer than expected escalates once; who answers is not called on the next way', () => {
  const scene = acknowledged({ updates: { responders: '30d', everyone: '30d' } });
  const running = { title: 'restore beside', since: '2026-11-24T00:00:00.000Z', expectedMs: 600_000 };
  scene.does((state, now) => hearOfRecovery(state, recovery({ running }), now));
  scene.pass('10m');
  scene.expectCalls('00:10 voice sato incidentNotification', '00:10 sms tanaka incidentNotification');
  expect(scene.last('tanaka').text.split('\n')[0]).toBe('“restore beside” of restore-demo takes longer than expected.');
  scene.does((state, now) => acknowledge(state, { by: 'sato', reason: 'the disk is slow' }, now));
  scene.pass('30m');
  scene.expectSilence();
  const next = { title: 'verify', since: '2026-11-24T00:40:00.000Z', expectedMs: 60_000 };
  scene.does((state, now) => hearOfRecovery(state, recovery({ running: next }), now));
  scene.pass('1m');
  expect(scene.heard()).toContain('00:41 voice sato incidentNotification');
});

test('a recovery that fails calls everybody of the first level anew, also out of a snooze', () => {
  const scene = acknowledged({ updates: { responders: '30d', everyone: '30d' } });
  scene.does((state, now) => snooze(state, { by: 'sato', for: '2h', reason: 'it restores' }, now));
  scene.pass('20m');
  const ended = { well: false, text: 'the copy did not pass its checks', rtaMs: null, rpaMs: null };
  scene.does((state, now) => hearOfRecovery(state, recovery({ running: null, ended }), now));
  scene.expectCalls('00:20 voice sato incidentNotification', '00:20 sms tanaka incidentNotification');
  expect(scene.state).toMatchObject({ status: 'triggered', snoozedUntil: null, responder: null });
  scene.does((state, now) => hearOfRecovery(state, recovery({ running: null, ended }), now));
  scene.expectSilence();
});
