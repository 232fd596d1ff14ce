import { expect, test } from 'vitest';
import { incidentInput } from '../../../src/incident/contract.ts';
import { acknowledge, resolve } from '../../../src/incident/incident.ts';
import { occur } from '../../../src/incident/occur.ts';
import { hearOfRecovery } from '../../../src/incident/recovery.ts';
import { recovery } from './recovery.ts';
import { given, type Scene } from './scene.ts';

const request = '**Restore shop**: backup 20261124T010000Z, data of the last 3 h would be lost, plan 0123abcd.';
const asks = recovery({ phase: 'waitingForApproval', running: null, approval: { text: request, given: [] } });
const quiet = { updates: { responders: '30d', everyone: '30d' }, acknowledgementLasts: '12h' };

function acknowledged(plan = {}): Scene {
  const scene = given({
    plan: { escalation: { P1: quiet }, approvals: { remindEvery: '10m' }, ...plan },
    incident: { rto: '7d' },
  });
  scene.does((state, now) => acknowledge(state, { by: 'sato', reason: 'on it' }, now));
  scene.heard();
  return scene;
}

test('a request goes to those who were called, with its text and with buttons', () => {
  const scene = acknowledged();
  scene.does((state, now) => hearOfRecovery(state, asks, now));
  scene.expectCalls('00:00 email sato approvalRequest', '00:00 sms tanaka approvalRequest');
  expect(scene.last('sato').text).toBe(request);
  expect(scene.last('sato').actions).toEqual([
    { action: 'approve', workflowId: 'restore-demo', label: 'Approve' },
    { action: 'refuse', workflowId: 'restore-demo', label: 'Refuse' },
  ]);
});

test('unanswered, it is told to more people each time, and never approves itself', () => {
  const scene = acknowledged();
  scene.does((state, now) => hearOfRecovery(state, asks, now));
  scene.heard();
  scene.pass('20m');
  scene.expectCalls(
    '00:10 voice suzuki incidentNotification',
    '00:10 email sato approvalRequest',
    '00:10 sms tanaka approvalRequest',
    '00:10 voice suzuki approvalRequest',
    // Suzuki has no other way, and Tanaka was called before.
    '00:20 email sato approvalRequest',
    '00:20 sms tanaka approvalRequest',
    '00:20 voice suzuki approvalRequest',
  );
  scene.pass('48h');
  expect(scene.heard().filter((line) => line.endsWith('ito approvalRequest'))).toHaveLength(6 * 48);
  expect(scene.state.recovery?.approval).not.toBeNull();
});

test('answered: nobody is asked any more; another request of the same run is a new one, with keys of its own', () => {
  const scene = acknowledged();
  scene.does((state, now) => hearOfRecovery(state, asks, now));
  scene.does((state, now) => hearOfRecovery(state, recovery(), now));
  scene.heard();
  scene.pass('1h');
  scene.expectSilence();
  const again = recovery({ running: null, approval: { text: 'another one', given: [] } });
  scene.does((state, now) => hearOfRecovery(state, again, now));
  scene.expectCalls('01:00 email sato approvalRequest', '01:00 sms tanaka approvalRequest');
  expect(scene.timeline()).not.toContain('kintsugi: the request for an approval is unanswered');
  const keys = scene.sent.map(({ message }) => message.key);
  expect(new Set(keys).size).toBe(keys.length);
});

test('only who may approve is asked, and if none of those who were called may, everybody who may', () => {
  const scene = acknowledged({ permissions: { approve: ['secondary-dba'] } });
  scene.does((state, now) => hearOfRecovery(state, asks, now));
  scene.expectCalls('00:00 voice suzuki approvalRequest');
});

test('resolved meanwhile: nobody is asked; it comes back: they are', () => {
  const scene = acknowledged();
  scene.does((state, now) => resolve(state, { by: 'sato', reason: 'false alarm' }, now));
  scene.does((state, now) => hearOfRecovery(state, asks, now));
  scene.pass('1m');
  scene.expectSilence();
  scene.does((state, now) => occur(state, incidentInput().parse({ problem: 'gone again' }), now));
  scene.expectCalls(
    '00:01 voice sato incidentNotification',
    '00:01 email sato approvalRequest',
    '00:01 sms tanaka approvalRequest',
  );
});

test('who was denied an approval stands in the timeline, once', () => {
  const scene = acknowledged();
  const denied = [{ by: 'mallory', what: 'approve', why: '“mallory” is nobody of the plan; to approve it takes primary-dba.' }];
  scene.does((state, now) => hearOfRecovery(state, recovery({ denied }), now));
  scene.does((state, now) => hearOfRecovery(state, recovery({ denied, done: ['preflight', 'fence'] }), now));
  expect(scene.timeline().filter((line) => line.startsWith('mallory'))).toEqual(['mallory: denied: approve restore-demo']);
});
