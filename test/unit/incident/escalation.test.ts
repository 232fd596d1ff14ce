import { describe, expect, test } from 'vitest';
import { acknowledge, changeSeverity, close, handOver, resolve, snooze } from '../../../src/incident/incident.ts';
import { Scene, team } from './scene.ts';

const by = (person: string) => ({ by: person, reason: 'on it' });

test('a P1 calls Primary DBA and DevOps Lead at once, and tells everybody else', () => {
  const scene = new Scene();
  expect(scene.heard()).toEqual([
    '00:00 voice sato incidentNotification',
    '00:00 sms tanaka incidentNotification',
    '00:00 voice suzuki incidentNotification',
    '00:00 email ito incidentNotification',
  ]);
});

test('nobody answers: the levels are called one after the other, and then from the beginning, for ever', () => {
  const scene = new Scene({ plan: { escalation: { P1: { updates: { responders: '30d', everyone: '30d' } } } } });
  scene.heard();
  scene.pass('15m');
  expect(scene.heard()).toEqual(['00:03 email sato incidentNotification', '00:15 voice suzuki incidentNotification']);
  scene.pass('15m');
  expect(scene.heard()).toEqual(['00:30 sms tanaka incidentNotification']);
  scene.pass('15m');
  expect(scene.heard()).toEqual(['00:45 email ito incidentNotification']);
  scene.pass('15m');
  expect(scene.heard().map((line) => line.split(' ')[2])).toEqual(['sato', 'tanaka', 'suzuki', 'ito']);
  scene.pass('23h');
  const calls = scene.sent.filter(({ message }) => message.recipient.id === 'suzuki');
  expect(calls.length).toBeGreaterThanOrEqual(24);
  expect(new Set(scene.sent.map(({ message }) => message.key)).size).toBe(scene.sent.length);
  expect(scene.state.status).toBe('triggered');
});

test('an acknowledgement ends the calls, also those over a person’s next way', () => {
  const scene = new Scene();
  scene.heard();
  scene.pass('2m');
  scene.does((state, now) => acknowledge(state, by('Tanaka'), now));
  expect(scene.heard()).toEqual(['00:02 email sato acknowledgement']);
  scene.pass('7m');
  scene.expectSilence();
  expect(scene.state).toMatchObject({ status: 'acknowledged', responder: { person: 'tanaka' } });
});

test('acknowledged in the very instant in which the next level is due: nobody else is called', () => {
  const scene = new Scene();
  scene.pass('14m');
  scene.heard();
  scene.state.nextLevelAt = scene.now;
  acknowledge(scene.state, by('sato'), scene.now);
  scene.pass('10s');
  expect(scene.heard()).toEqual(['00:14 sms tanaka acknowledgement']);
});

test('an acknowledgement expires when nobody is heard of, and a sign of life prolongs it', () => {
  const scene = new Scene({ plan: { escalation: { P1: { updates: { responders: '30d', everyone: '30d' } } } } });
  scene.does((state, now) => acknowledge(state, by('sato'), now));
  scene.pass('40m');
  scene.does((state, now) => acknowledge(state, by('sato'), now));
  scene.heard();
  scene.pass('44m');
  scene.expectSilence();
  scene.pass('1m');
  expect(scene.heard()).toEqual(['01:25 voice sato incidentNotification', '01:25 sms tanaka incidentNotification']);
  expect(scene.state.status).toBe('triggered');
});

test('a level with nobody on call is skipped at once, and that is said', () => {
  const { sato, tanaka, ito } = team;
  const scene = new Scene({ plan: { people: { sato, tanaka, ito } } });
  scene.pass('15m');
  expect(scene.timeline()).toContain('kintsugi: nobody is on call for secondary-dba: level 2 is skipped');
  expect(scene.heard()).toContain('00:15 sms tanaka incidentNotification');
});

test('with nobody in the plan the terminal gets it', () => {
  const scene = new Scene({ plan: { people: {} } });
  expect(scene.heard()).toContain('00:00 terminal anybody incidentNotification');
});

test('a way that fails is followed by the next at once; where all fail for all, the next level is called at once', () => {
  const scene = new Scene();
  scene.heard();
  scene.answer = ({ channel }) => ({ outcome: channel === 'email' ? 'accepted' : 'failed', why: 'no such number' });
  const failing = new Scene({
    plan: { people: { sato: team.sato, suzuki: { ...team.suzuki, reach: [{ email: 's@example.com' }] } } },
  });
  failing.heard();
  failing.answer = () => ({ outcome: 'failed', why: 'no such number' });
  failing.pass('15m');
  expect(failing.timeline()).toContain('kintsugi: Suzuki was not reached over email');
  expect(failing.timeline().some((line) => line.includes('can be reached: the next one is called at once'))).toBe(true);
});

test('handed over: the other one is called, has to acknowledge, and the next level follows if not', () => {
  const scene = new Scene();
  scene.does((state, now) => acknowledge(state, by('sato'), now));
  scene.heard();
  scene.pass('1m');
  scene.does((state, now) => handOver(state, { by: 'sato', to: 'Suzuki', reason: 'I have to sleep' }, now));
  expect(scene.heard()).toEqual(['00:01 voice suzuki incidentNotification']);
  scene.pass('15m');
  expect(scene.heard()).toContain('00:16 voice suzuki incidentNotification');
  expect(() => handOver(scene.state, { by: 'sato', to: 'nobody', reason: 'x' }, scene.now)).toThrow('it knows sato, tanaka');
});

test('snoozed: quiet until its end, then it calls anew', () => {
  const scene = new Scene({ plan: { escalation: { P1: { updates: { responders: '30d', everyone: '30d' } } } } });
  scene.does((state, now) => snooze(state, { by: 'sato', for: '2h', reason: 'waits for a disk' }, now));
  scene.heard();
  scene.pass('119m');
  expect(scene.heard()).toEqual([]);
  scene.pass('1m');
  expect(scene.heard().filter((line) => line.startsWith('02:00 voice sato'))).toHaveLength(1);
  expect(() => snooze(scene.state, { by: 'sato', for: '25h', reason: 'x' }, scene.now)).toThrow('At most 24h');
});

describe('the severity changes between two timers', () => {
  test('raised: the people of the new one are called now, once', () => {
    const scene = new Scene({ incident: { severity: 'P2' } });
    expect(scene.heard()[0]).toBe('00:00 voice sato incidentNotification');
    scene.pass('1m');
    scene.does((state, now) => changeSeverity(state, { severity: 'P1', by: 'ito', reason: 'all is gone' }, now));
    expect(scene.heard()).toEqual(['00:01 voice sato incidentNotification', '00:01 sms tanaka incidentNotification']);
    scene.pass('15m');
    expect(scene.heard()).toContain('00:16 voice suzuki incidentNotification');
  });

  test('lowered: the old timers are gone', () => {
    const scene = new Scene();
    scene.heard();
    scene.pass('1m');
    scene.does((state, now) => changeSeverity(state, { severity: 'P2', by: 'sato', reason: 'only a replica' }, now));
    scene.pass('28m');
    scene.expectSilence();
    scene.pass('32m');
    expect(scene.heard()).toContain('01:01 voice suzuki incidentNotification');
  });
});

test('resolved and closed: nobody is called any more', () => {
  const scene = new Scene();
  scene.does((state, now) => resolve(state, by('sato'), now));
  scene.heard();
  scene.pass('2m');
  expect(scene.heard().every((line) => line.endsWith('resolutionUpdate'))).toBe(true);
  scene.does((state, now) => close(state, by('sato'), now));
  scene.pass('30d');
  scene.expectSilence();
  expect(scene.state.status).toBe('closed');
});
