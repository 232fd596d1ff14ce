import { expect, test } from 'vitest';
import type { OutgoingMessage } from '../../../src/channels/contract.ts';
import { acknowledge, resolve, writeStatus } from '../../../src/incident/incident.ts';
import { given, team } from './scene.ts';

const until = '2026-11-24T00:20:00.000Z';
const held = (channel: string) => (message: OutgoingMessage, at: number) =>
  message.channel === channel && message.kind !== 'limit' && at < Date.parse(until)
    ? ({ outcome: 'held', until, why: `a limit of the plan holds it back until ${until}` } as const)
    : ({ outcome: 'accepted' } as const);
const P1 = { updates: { responders: '30d', everyone: '30d' }, acknowledgementLasts: '12h' };

test('what a limit holds back is announced once and comes as one message when there is room', () => {
  const scene = given({ plan: { people: { sato: team.sato, ito: team.ito }, escalation: { P1 } } });
  scene.does((state, now) => acknowledge(state, { by: 'sato', reason: 'on it' }, now));
  scene.heard();
  scene.answer = held('email');
  scene.pass('5m');
  scene.does((state, now) => writeStatus(state, { by: 'sato', text: 'first' }, now));
  scene.does((state, now) => writeStatus(state, { by: 'sato', text: 'second' }, now));
  scene.expectCalls('00:05 email sato limit', '00:05 email ito limit');
  expect(scene.last('ito')).toMatchObject({ kind: 'limit' });
  expect(scene.last('ito').text).toContain('until 2026-11-24 00:20 UTC');
  scene.pass('15m');
  scene.expectCalls('00:20 email sato statusUpdate', '00:20 email ito statusUpdate');
  expect(scene.last('ito').text).toContain('sato: first');
  expect(scene.last('ito').text).toContain('sato: second');
  expect(scene.timeline().filter((line) => line.includes('come as one'))).toHaveLength(2);
});

test('a call that is held back goes over the person’s next way at once', () => {
  const scene = given({ plan: { people: { sato: team.sato }, escalation: { P1 } }, answer: held('voice') });
  scene.expectCalls('00:00 email sato incidentNotification', '00:00 voice sato limit');
});

test('a call that is held back on the only way does not stop the levels', () => {
  const people = { sato: { ...team.sato, reach: [{ phone: '+81-1' }] }, ito: team.ito };
  const scene = given({ plan: { people, escalation: { P1 } }, answer: held('voice') });
  scene.heard();
  scene.pass('15m');
  expect(scene.heard()).toContain('00:15 email ito incidentNotification');
});

test('what was bundled is not lost when the way of the message that carries it fails', () => {
  const tanaka = { ...team.tanaka, roles: ['manager'], reach: [{ email: 't@example.com' }, { sms: '+81-2' }] };
  const scene = given({ plan: { people: { sato: team.sato, tanaka }, escalation: { P1 } } });
  scene.does((state, now) => acknowledge(state, { by: 'sato', reason: 'on it' }, now));
  scene.heard();
  scene.answer = ({ channel }) => ({ outcome: channel === 'email' ? 'failed' : 'accepted', why: 'mailbox full' });
  for (const text of ['first', 'second']) writeStatus(scene.state, { by: 'sato', text }, scene.now);
  scene.pass('1s');
  expect(scene.heard().filter((line) => line.includes('tanaka'))).toEqual([
    '00:00 email tanaka statusUpdate',
    '00:00 sms tanaka statusUpdate',
  ]);
  expect(scene.last('tanaka').text).toContain('sato: first');
  expect(scene.last('tanaka').text).toContain('sato: second');
});

test('what is taken back before it left is in the evidence with the reason', () => {
  const scene = given({ plan: { people: { sato: team.sato, ito: team.ito }, escalation: { P1 } } });
  scene.heard();
  writeStatus(scene.state, { by: 'sato', text: 'words' }, scene.now);
  scene.does((state, now) => resolve(state, { by: 'sato', reason: 'done' }, now));
  scene.pass('1m');
  scene.expectSilence();
  const unsent = scene.state.unwritten.attempts.filter(({ recipient }) => recipient === 'ito');
  expect(unsent).toMatchObject([
    { channel: 'email', outcome: 'nothingSent', why: 'taken back: the incident is resolved, P1', providerId: null },
  ]);
});
