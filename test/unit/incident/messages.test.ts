/** The four messages of the document as people get them, word for word, in both languages. */
import { expect, test } from 'vitest';
import { acknowledge, explain, resolve } from '../../../src/incident/incident.ts';
import { hearOfRecovery } from '../../../src/incident/recovery.ts';
import { recovery } from './recovery.ts';
import { given, type Scene } from './scene.ts';

const people = {
  sato: { name: 'Sato', roles: ['primary-dba'], zone: 'Asia/Tokyo', reach: [{ email: 'sato@example.com' }] },
  ito: {
    name: '伊藤',
    roles: ['support-team'],
    language: 'ja' as const,
    zone: 'Asia/Tokyo',
    reach: [{ email: 'ito@example.com' }],
  },
};

function open(templates = {}): Scene {
  const scene = given({
    plan: { people, zone: 'UTC', templates },
    incident: { impact: 'nobody can log in', rto: '90m', openedBy: 'sentry' },
  });
  scene.heard();
  return scene;
}

function said(scene: Scene, person: string): string {
  scene.heard();
  const { subject, text } = scene.last(person);
  return `${subject}\n\n${text}`;
}

test('incident notification: problem, impact, time objective, what is done, how to acknowledge', () => {
  const scene = open();
  expect(said(scene, 'sato')).toBe(`demo: database shop is missing

P1, Critical: the database is unavailable, or data is lost
Impact: nobody can log in
Since 2026-11-24 09:00 JST. RTO 1 hour 30 minutes: ends 2026-11-24 10:30 JST.
What is done: Immediate restoration from backup
Called: Sato
Acknowledge: kintsugi incident ack incident-demo --reason "…"`);
  expect(said(scene, 'ito')).toBe(`demo: database shop is missing

P1：Critical: the database is unavailable, or data is lost
影響：nobody can log in
発生：2026-11-24 09:00 JST　目標復旧時間（RTO）：1時間30分、期限 2026-11-24 10:30 JST
対応：Immediate restoration from backup
連絡先：Sato
確認するには：kintsugi incident ack incident-demo --reason "…"`);
});

test('why it calls again is said in the recipient’s language', () => {
  const scene = open();
  scene.pass('90m');
  scene.heard();
  const about = (person: string) =>
    scene.sent
      .filter(({ message }) => message.recipient.id === person && message.kind === 'incidentNotification')
      .map(({ message }) => message.text.split('\n')[0]);
  expect(about('sato')).toContain('The recovery time objective is missed.');
  expect(about('ito')).toContain('目標復旧時間（RTO）を超過しました。');
});

test('status update: what is done, what runs now, how long is left', () => {
  const scene = open();
  scene.does((state, now) => acknowledge(state, { by: 'sato', reason: 'on it' }, now));
  scene.does((state, now) => hearOfRecovery(state, recovery({ done: ['preflight', 'fence'], leftMs: 750_000 }), now));
  scene.pass('30m');
  const updates = scene.sent.filter(({ message }) => message.kind === 'statusUpdate');
  const to = (person: string) => updates.findLast(({ message }) => message.recipient.id === person)?.message;
  scene.heard();
  expect(`${to('sato')?.subject}\n\n${to('sato')?.text}`).toBe(`demo: in work, database shop is missing

Done: preflight, fence.
Now: restore beside, since 2026-11-24 09:00 JST.
About 12 minutes 30 seconds left.
Responder: Sato. RTO ends 2026-11-24 10:30 JST.
Next update: 2026-11-24 09:45 JST.`);
  expect(`${to('ito')?.subject}\n\n${to('ito')?.text}`).toBe(`demo: 対応中、database shop is missing

完了：preflight、fence
実行中：restore beside（2026-11-24 09:00 JST から）
残り約 12分30秒
担当：Sato　RTO 期限：2026-11-24 10:30 JST
次回の連絡：2026-11-24 09:45 JST`);
});

const ended = { well: true, text: 'completed', rtaMs: 1_920_000, rpaMs: 5_400_000 };
const cause = {
  by: 'sato',
  rootCause: 'a script ran against production',
  prevention: [
    { what: 'own user for scripts', who: '伊藤', until: '2026-12-24' },
    { what: 'confirm before DROP', who: 'Sato', until: '2027-01-08' },
  ],
};

test('resolution update: when, after how long, and what is lost', () => {
  const scene = open();
  scene.pass('9m');
  scene.does((state, now) => hearOfRecovery(state, recovery({ running: null, ended }), now));
  scene.pass('2m');
  expect(said(scene, 'sato')).toBe(`demo: resolved, database shop is missing

Resolved 2026-11-24 09:09 JST after 9 minutes (RTO 1 hour 30 minutes).
Data of the last 1 hour 30 minutes before the recovery is lost.`);
  expect(said(scene, 'ito')).toBe(`demo: 復旧しました、database shop is missing

2026-11-24 09:09 JST に復旧（所要 9分、RTO 1時間30分）
復旧前の 1時間30分 に書き込まれたデータは失われました。`);
});

test('post-incident report: cause, prevention with who and until when, and where the whole report is', () => {
  const scene = open();
  scene.does((state, now) => resolve(state, { by: 'sato', reason: 'restored' }, now));
  scene.pass('2m');
  scene.does((state, now) => explain(state, cause, now));
  expect(said(scene, 'sato')).toBe(`demo: post-incident report, database shop is missing

Resolved 2026-11-24 09:00 JST after 0 seconds (RTO 1 hour 30 minutes).
Root cause: a script ran against production
Prevention:
- own user for scripts (伊藤, 2026-12-24)
- confirm before DROP (Sato, 2027-01-08)
The whole report: kintsugi report incident-demo`);
  expect(said(scene, 'ito')).toBe(`demo: 障害報告書、database shop is missing

2026-11-24 09:00 JST に復旧（所要 0秒、RTO 1時間30分）
根本原因：a script ran against production
再発防止策：
- own user for scripts (伊藤, 2026-12-24)
- confirm before DROP (Sato, 2027-01-08)
報告書全文：kintsugi report incident-demo`);
});

test('own words of the plan take the place of ours, in one language or both', () => {
  const scene = open({ ja: { incidentNotification: { subject: '【{severity}】{problem}', text: '至急：{stack}\n{impact}' } } });
  expect(said(scene, 'ito')).toBe('【P1】database shop is missing\n\n至急：demo\n影響：nobody can log in');
  expect(scene.last('sato').subject).toBe('demo: database shop is missing');
});

test('a template’s own words in a problem stand as they are', () => {
  const scene = given({ plan: { people }, incident: { problem: 'column {responder} is gone' } });
  expect(said(scene, 'sato').split('\n')[0]).toBe('demo: column {responder} is gone');
});
