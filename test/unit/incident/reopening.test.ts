import { expect, test } from 'vitest';
import { incidentInput } from '../../../src/incident/contract.ts';
import { acknowledge, changeSeverity, close, explain, resolve } from '../../../src/incident/incident.ts';
import { occur } from '../../../src/incident/occur.ts';
import { given, type Scene, team } from './scene.ts';

const people = { sato: team.sato, ito: team.ito };
const P1 = { updates: { responders: '30d', everyone: '30d' } };
const by = { by: 'sentry', reason: 'it answers again' };
const cause = { by: 'sato', rootCause: 'a script', prevention: [{ what: 'review scripts', who: 'Ito', until: '2026-12-24' }] };
const recovers = (scene: Scene) => scene.does((state, now) => resolve(state, by, now));
const breaks = (scene: Scene) =>
  scene.does((state, now) => occur(state, incidentInput().parse({ problem: 'shop is missing' }), now));

function open(): Scene {
  const scene = given({ plan: { people, escalation: { P1 } }, incident: { rto: '7d' } });
  scene.heard();
  return scene;
}

test('“resolved” is held back for two minutes, and withdrawn when the problem comes back before', () => {
  const scene = open();
  recovers(scene);
  scene.pass('1m');
  breaks(scene);
  scene.expectCalls('00:01 voice sato incidentNotification', '00:01 email ito incidentNotification');
  expect(scene.last('sato').text.split('\n')[0]).toBe('It came back.');
  expect(scene.timeline()).toContain('kintsugi: came back: shop is missing; “resolved” was not announced yet and is withdrawn');
  scene.pass('2m');
  scene.expectSilence();
  recovers(scene);
  scene.pass('2m');
  scene.expectCalls('00:05 email sato resolutionUpdate', '00:05 email ito resolutionUpdate');
});

test('an acknowledgement outlives a short recovery: only who has it is called, and need not take it again', () => {
  const scene = open();
  scene.does((state, now) => acknowledge(state, { by: 'sato', reason: 'on it' }, now));
  recovers(scene);
  scene.pass('10m');
  scene.heard();
  breaks(scene);
  scene.expectCalls('00:10 voice sato incidentNotification');
  expect(scene.state).toMatchObject({ status: 'acknowledged', occurrenceCount: 2, responder: { person: 'sato' } });
});

test('flapping is told once, nobody is called for each time, and its end is told once', () => {
  const scene = open();
  for (const minutes of ['5m', '5m']) {
    recovers(scene);
    scene.pass(minutes);
    scene.heard();
    breaks(scene);
  }
  // The third time within an hour.
  scene.expectCalls('00:10 email sato statusUpdate', '00:10 email ito statusUpdate');
  expect(scene.last('ito').text.split('\n')[0]).toContain('It is flapping: 3 times within 1h.');
  recovers(scene);
  scene.pass('3m');
  breaks(scene);
  scene.expectSilence();
  // It is open and nobody has it: it does not stay silent.
  scene.pass('15m');
  scene.expectCalls('00:28 email ito incidentNotification');
  recovers(scene);
  scene.pass('59m');
  scene.expectSilence();
  scene.pass('1m');
  scene.expectCalls('01:28 email sato resolutionUpdate', '01:28 email ito resolutionUpdate');
  expect(scene.timeline().filter((line) => line.includes('flapping'))).toEqual([
    'kintsugi: is flapping: 3 times within 1h',
    'kintsugi: has stopped flapping',
  ]);
});

test('back after the window, and never explained: called as if it were new, and that is said', () => {
  const scene = open();
  scene.does((state, now) => acknowledge(state, { by: 'sato', reason: 'on it' }, now));
  recovers(scene);
  scene.pass('20h');
  scene.heard();
  breaks(scene);
  scene.expectCalls('20:00 voice sato incidentNotification', '20:00 email ito incidentNotification');
  expect(scene.state).toMatchObject({ status: 'triggered', responder: null });
  expect(scene.timeline()).toContain('kintsugi: came back: shop is missing; the cause of the time before was never told');
});

test('reported when it was just closed and its last messages are under way: it opens again', () => {
  const scene = open();
  scene.does((state, now) => close(state, by, now));
  scene.heard();
  breaks(scene);
  scene.expectCalls('00:00 voice sato incidentNotification', '00:00 email ito incidentNotification');
});

test('reported again while it is open: noted, and raised where it is worse now', () => {
  const scene = given({ plan: { people, escalation: { P1 } }, incident: { severity: 'P2' } });
  scene.heard();
  scene.pass('1m');
  breaks(scene);
  expect(scene.heard()[0]).toBe('00:01 voice sato incidentNotification');
  expect(scene.state.severity).toBe('P1');
});

test('root cause is asked for after two days and then daily, until it is told; then it closes when it stayed away', () => {
  const scene = open();
  recovers(scene);
  scene.pass('2m');
  scene.heard();
  scene.pass('3d');
  expect(scene.heard()).toEqual(['00:00 email sato reminder', '00:00 email sato reminder']);
  scene.does((state, now) => explain(state, cause, now));
  scene.expectCalls('00:02 email sato postIncidentReport', '00:02 email ito postIncidentReport');
  expect(scene.state.status).toBe('closed');
});

test('what was explained before it came back does not explain the next time', () => {
  const scene = open();
  recovers(scene);
  scene.pass('5m');
  scene.does((state, now) => explain(state, cause, now));
  breaks(scene);
  recovers(scene);
  scene.pass('2h');
  scene.heard();
  expect(scene.state).toMatchObject({ status: 'resolved', cause: null });
});

test('raised after it was resolved: the cause is asked for all the same', () => {
  const scene = given({ plan: { people }, incident: { severity: 'P3' }, at: '2026-11-24T03:00:00.000Z' });
  recovers(scene);
  scene.pass('5m');
  scene.does((state, now) => changeSeverity(state, { severity: 'P1', by: 'sato', reason: 'data was lost' }, now));
  scene.expectCalls('03:05 email ito resolutionUpdate');
  scene.pass('2d');
  scene.expectCalls('03:05 email ito reminder');
});
