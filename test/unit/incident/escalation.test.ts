import { describe, expect, test } from 'vitest';
import type { Delivery, OutgoingMessage } from '../../../src/channels/contract.ts';
import {
  acknowledge,
  adoptPolicy,
  changeSeverity,
  close,
  handOver,
  mitigate,
  resolve,
  snooze,
} from '../../../src/incident/incident.ts';
import { wanted } from '../../../src/incident/notices.ts';
import { policyOf } from '../../../src/incident/policy.ts';
import { settle } from '../../../src/incident/settle.ts';
import { planSchema } from '../../../src/plan/schema.ts';
import { Scene, team } from './scene.ts';

const failing =
  (...channels: string[]) =>
  ({ channel }: OutgoingMessage): Pick<Delivery, 'outcome' | 'why'> =>
    channels.includes(channel) ? { outcome: 'failed', why: 'no such address' } : { outcome: 'accepted', why: '' };
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
  scene.heard();
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
  const people = { sato: team.sato, suzuki: team.suzuki };
  const scene = new Scene({ plan: { people }, answer: failing('voice', 'email') });
  // Both of level 1's one person's ways, then level 2, then all, then nobody is left but who reads the terminal.
  scene.expectCalls(
    '00:00 voice sato incidentNotification',
    '00:00 voice suzuki incidentNotification',
    '00:00 email sato incidentNotification',
    '00:00 voice suzuki incidentNotification',
    '00:00 voice sato incidentNotification',
    '00:00 voice suzuki incidentNotification',
    '00:00 email sato incidentNotification',
    '00:00 terminal anybody incidentNotification',
  );
  expect(scene.timeline()).toContain('kintsugi: Sato was not reached over voice, email');
  expect(scene.timeline()).toContain('kintsugi: nobody of this level can be reached: the next one is called at once');
  expect(scene.timeline().at(-1)).toBe(
    'kintsugi: nobody can be reached at all: it stands on the terminal of the worker and in its file',
  );
  scene.pass('14m');
  scene.expectSilence();
  scene.pass('1m');
  expect(
    scene
      .heard()
      .filter((line) => line.includes('sato incidentNotification'))
      .slice(0, 2),
  ).toEqual(['00:15 voice sato incidentNotification', '00:15 email sato incidentNotification']);
});

test('only one of two of a level can be reached: the other has the whole time to answer', () => {
  const scene = new Scene({ answer: failing('sms') });
  scene.heard();
  scene.pass('14m');
  scene.expectCalls('00:03 email sato incidentNotification');
  scene.pass('1m');
  expect(scene.heard()).toContain('00:15 voice suzuki incidentNotification');
});

test('a message that informs takes another way too when one fails', () => {
  const tanaka = { ...team.tanaka, roles: ['manager'], reach: [{ email: 't@example.com' }, { sms: '+81-2' }] };
  const scene = new Scene({ plan: { people: { sato: team.sato, tanaka } }, answer: failing('email') });
  scene.expectCalls(
    '00:00 voice sato incidentNotification',
    '00:00 email tanaka incidentNotification',
    '00:00 sms tanaka incidentNotification',
  );
  expect(scene.state.attempts.map(({ channel, outcome, why }) => `${channel} ${outcome} ${why}`)).toEqual([
    'voice accepted ',
    'email failed no such address',
    'sms accepted ',
  ]);
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

test('handed over while it is mitigated: the other one is called all the same', () => {
  const scene = new Scene();
  scene.does((state, now) => mitigate(state, { by: 'sato', reason: 'read-only copy serves' }, now));
  scene.heard();
  scene.pass('1m');
  scene.does((state, now) => handOver(state, { by: 'sato', to: 'suzuki', reason: 'end of shift' }, now));
  scene.expectCalls('00:01 voice suzuki incidentNotification');
  expect(scene.state).toMatchObject({ status: 'triggered', nextLevelAt: Date.parse('2026-11-24T00:16:00Z') });
});

test('handed over to somebody whom no way reaches: the next level is called at once', () => {
  const scene = new Scene();
  scene.does((state, now) => acknowledge(state, by('sato'), now));
  scene.heard();
  scene.answer = ({ recipient }) => ({ outcome: recipient.id === 'tanaka' ? 'failed' : 'accepted', why: 'no signal' });
  scene.pass('1m');
  scene.does((state, now) => handOver(state, { by: 'sato', to: 'tanaka', reason: 'end of shift' }, now));
  scene.expectCalls('00:01 sms tanaka incidentNotification', '00:01 voice suzuki incidentNotification');
});

test('raised while it is snoozed: the snooze ends, who has it hears of it, and the new times count', () => {
  const scene = new Scene({ incident: { severity: 'P3' }, at: '2026-11-24T12:00:00.000Z', plan: { zone: 'UTC' } });
  scene.does((state, now) => snooze(state, { by: 'ito', for: '20h', reason: 'tomorrow' }, now));
  scene.expectCalls('12:00 email ito incidentNotification');
  scene.pass('1h');
  scene.does((state, now) => changeSeverity(state, { severity: 'P1', by: 'sato', reason: 'data is lost' }, now));
  scene.expectCalls(
    '13:00 email ito incidentNotification',
    '13:00 voice sato incidentNotification',
    '13:00 sms tanaka incidentNotification',
    // Everybody hears of it for the first time: the update of a P1 was due long ago.
    '13:00 email sato statusUpdate',
    '13:00 sms tanaka statusUpdate',
    '13:00 voice suzuki statusUpdate',
    '13:00 email ito statusUpdate',
  );
  expect(scene.state).toMatchObject({
    snoozedUntil: null,
    responder: { person: 'ito', until: Date.parse('2026-11-24T13:45:00Z') },
  });
});

test('raised at night: what waited for the morning goes out now', () => {
  const ito = { ...team.ito, zone: 'Asia/Tokyo' };
  const scene = new Scene({ incident: { severity: 'P3' }, at: '2026-11-24T15:30:00.000Z', plan: { people: { ...team, ito } } });
  scene.expectSilence();
  scene.pass('1h');
  scene.does((state, now) => changeSeverity(state, { severity: 'P1', by: 'sato', reason: 'it spreads' }, now));
  expect(scene.heard()).toEqual(
    expect.arrayContaining(['16:30 voice sato incidentNotification', '16:30 sms tanaka incidentNotification']),
  );
});

test('lowered while a page is still on its way: it is not lost', () => {
  const scene = new Scene({ plan: { people: { sato: team.sato, suzuki: team.suzuki } } });
  scene.heard();
  const page = scene.state.notices.find(({ person, wantsAnswer }) => person === 'sato' && wantsAnswer);
  // As if its provider were busy: it was taken, and nothing is known of it.
  scene.state.notices = scene.state.notices.map((notice) =>
    notice === page ? { ...notice, way: 0, dueAt: null, unanswered: false } : notice,
  );
  scene.does((state, now) => changeSeverity(state, { severity: 'P2', by: 'suzuki', reason: 'smaller' }, now));
  const key = 'incident-demo/1/0/1/sato/voice';
  expect(wanted(scene.state, key)).toEqual({ wanted: true, why: '' });
  settle(
    scene.state,
    { key, recipient: 'sato', channel: 'voice', address: '', providerId: null, outcome: 'failed', why: 'busy', at: '' },
    scene.now,
  );
  scene.pass('1s');
  scene.expectCalls('00:00 email sato incidentNotification');
});

test('another plan reaches it only when it is adopted, and then calls who is new', () => {
  const scene = new Scene();
  scene.heard();
  scene.pass('5m');
  scene.heard();
  const policy = policyOf(
    planSchema.parse({
      version: 1,
      stack: { project: 'demo' },
      database: { name: 'shop', user: 'admin' },
      people: { ...team, kato: { name: 'Kato', roles: ['primary-dba'], reach: [{ phone: '+81-5' }] } },
      channels: scene.state.policy.channels,
    }),
  );
  const planSha256 = 'b'.repeat(64);
  scene.does((state, now) => adoptPolicy(state, { by: 'sato', reason: 'Kato is new', policy, planSha256 }, now));
  scene.expectCalls('00:05 voice kato incidentNotification');
  expect(scene.timeline()).toContain('sato: follows the plan bbbbbbbbbbbb from now on, before: aaaaaaaaaaaa');
  scene.pass('10m');
  expect(scene.heard()).toContain('00:15 voice suzuki incidentNotification');
});

test('a level repeats as often as the plan says, not as the levels follow', () => {
  const P1 = { escalateTo: ['secondary-dba'], repeatEvery: '5m', updates: { responders: '30d', everyone: '30d' } };
  const scene = new Scene({
    plan: { people: { sato: { ...team.sato, reach: [{ phone: '+81-1' }] }, suzuki: team.suzuki }, escalation: { P1 } },
  });
  scene.heard();
  scene.pass('36m');
  scene.expectCalls(
    '00:15 voice suzuki incidentNotification',
    '00:20 voice sato incidentNotification',
    '00:35 voice suzuki incidentNotification',
  );
});

test('nobody answers for a whole day: a call every quarter of an hour, all day, none twice', () => {
  const scene = new Scene({ plan: { escalation: { P1: { updates: { responders: '30d', everyone: '30d' } } } } });
  scene.pass('24h');
  const called = scene.timeline();
  scene.heard();
  expect(called.length).toBe(200);
  const rounds = [...new Set(scene.sent.map(({ message }) => message.key.split('/')[3]))];
  // 96 quarters of an hour, the first one at once, and the overdue recovery time objective.
  expect(Math.max(...rounds.map(Number))).toBe(98);
  expect(new Set(scene.sent.map(({ message }) => message.key)).size).toBe(scene.sent.length);
});

test('two incidents at once do not touch each other, and no key is in both', () => {
  const one = new Scene({ id: 'incident-one' });
  const other = new Scene({ id: 'incident-other' });
  one.does((state, now) => acknowledge(state, by('sato'), now));
  one.pass('15m');
  other.pass('15m');
  expect(one.heard()).not.toContain('00:15 voice suzuki incidentNotification');
  expect(other.heard()).toContain('00:15 voice suzuki incidentNotification');
  const keys = [...one.sent, ...other.sent].map(({ message }) => message.key);
  expect(new Set(keys).size).toBe(keys.length);
});

test('the worker was away when three levels were due: what is due is done once, and nothing is made up for', () => {
  const scene = new Scene({ plan: { escalation: { P1: { updates: { responders: '30d', everyone: '30d' } } } } });
  scene.heard();
  scene.away('50m');
  // Sato's next way is late, and so is level 2; level 3 has its time from here.
  scene.expectCalls('00:50 email sato incidentNotification', '00:50 voice suzuki incidentNotification');
  scene.pass('15m');
  scene.expectCalls('01:05 sms tanaka incidentNotification');
});
