import { createHmac } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { Confirmations } from '../../src/chat/confirmations.ts';
import { escapeSlack, fenced, inChat } from '../../src/chat/dialect.ts';
import { pick } from '../../src/chat/incident-of.ts';
import { alertParts, isSigned } from '../../src/chat/pagerduty.ts';
import { personOf } from '../../src/chat/people.ts';
import { Seen } from '../../src/chat/seen.ts';
import type { IncidentView } from '../../src/incident/contract.ts';
import { planSchema } from '../../src/plan/schema.ts';
import { chatChannels, mattermostUser, people } from './harness/plan.ts';

test.each([
  ['HINT: kintsugi recover restore --backup x', 'HINT: /dr recover restore --backup x'],
  ['kintsugi watch restore-x · kintsugi cancel restore-x', 'kintsugi watch restore-x · /dr cancel restore-x'],
  ['none: kintsugi backup take', 'none: /dr backup take'],
  ['kintsugi incident ack', '/dr incident ack'],
  ['kintsugi up', 'kintsugi up'],
  ['kintsugi plan check', 'kintsugi plan check'],
  ['kintsugi approve restore-x --by NAME --reason WHY', '/dr approve restore-x --reason WHY'],
  ['the option --by NAME', 'the option --by NAME'],
])('“%s” in chat', (text, shown) => {
  expect(inChat(text, '/dr')).toBe(shown);
});

test('an answer is one block, whatever is in it', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('`', "'", 'a', '\n', '<', '&'), maxLength: 60 }), (text) => {
      const shown = fenced(escapeSlack(text));
      expect(shown.startsWith('```\n')).toBe(true);
      expect(shown.slice(4, -4)).not.toMatch(/```|</);
    }),
  );
  expect(fenced('x'.repeat(10_000)).length).toBeLessThan(3_600);
});

describe('a confirmation', () => {
  const sato = 'slack:U0SATO:sato';

  test('works once, for its owner, with the name', async () => {
    const all = new Confirmations();
    const { nonce, confirmed } = all.ask(sato, 'shop');
    expect(all.answer(nonce, 'slack:U0EVE:eve', 'shop')).toBe('notYours');
    expect(all.answer('another', sato, 'shop')).toBe('gone');
    expect(all.answer(nonce, sato, 'shops')).toBe('mistyped');
    expect(all.answer(nonce, sato, ' shop ')).toBe('confirmed');
    await confirmed;
    expect(all.answer(nonce, sato, 'shop')).toBe('gone');
  });

  test('that is taken back before anybody waits for it does not end the process', async () => {
    const all = new Confirmations();
    const unhandled = vi.fn();
    process.once('unhandledRejection', unhandled);
    const { confirmed } = all.ask(sato, 'shop');
    all.stop();
    await setImmediate();
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
    await expect(confirmed).rejects.toMatchObject({ code: 'NOT_CONFIRMED' });
  });

  test('lapses', async () => {
    const all = new Confirmations(20);
    const { nonce, confirmed } = all.ask(sato, 'shop');
    await expect(confirmed).rejects.toMatchObject({
      code: 'NOT_CONFIRMED',
      state: expect.stringContaining('Nothing was started'),
    });
    expect(all.answer(nonce, sato, 'shop')).toBe('gone');
  });

  test('is taken back by the next of the same person; another person’s stays', async () => {
    const all = new Confirmations();
    const first = all.ask(sato, 'shop');
    const other = all.ask('slack:U0TANAKA:tanaka', 'shop');
    const second = all.ask(sato, 'shop');
    await expect(first.confirmed).rejects.toThrow('Another command of yours asks now.');
    expect(all.answer(other.nonce, 'slack:U0TANAKA:tanaka', 'shop')).toBe('confirmed');
    expect(all.answer(second.nonce, sato, 'shop')).toBe('confirmed');
    await Promise.all([other.confirmed, second.confirmed]);
  });

  test('can’t be piled up', () => {
    const all = new Confirmations();
    const open = Array.from({ length: 20 }, (_, at) => all.ask(`slack:U${at}:x`, 'shop').confirmed.catch(() => undefined));
    expect(() => all.ask(sato, 'shop')).toThrow('20 confirmations are open already.');
    all.stop();
    return Promise.all(open);
  });
});

describe('the incident that is meant', () => {
  const view = (id: string, status: IncidentView['status'], channel = 'C1') =>
    ({
      workflowId: id,
      status,
      severity: 'P1',
      problem: 'x',
      attempts: [{ providerId: `${channel}:1.2` }],
    }) as unknown as IncidentView;

  test('is the only open one, else that of the channel, else it is asked', () => {
    expect(pick([view('a', 'triggered')], 'C9', 'ack', 'shop')).toBe('a');
    expect(pick([view('a', 'triggered'), view('b', 'mitigated', 'C2')], 'C2', 'ack', 'shop')).toBe('b');
    expect(pick([view('a', 'resolved'), view('b', 'acknowledged')], 'C1', 'update', 'shop')).toBe('b');
    expect(pick([view('a', 'resolved'), view('b', 'acknowledged')], 'C1', 'explain', 'shop')).toBe('a');
    expect(pick([view('a', 'resolved')], 'C1', 'close', 'shop')).toBe('a');
    expect(() => pick([view('a', 'resolved')], 'C1', 'ack', 'shop')).toThrow('No incident of shop is open.');
    expect(() => pick([view('a', 'triggered'), view('b', 'triggered')], 'C1', 'ack', 'shop')).toThrow(
      '2 incidents are open; which one?',
    );
  });
});

test('who is who: by the plan’s tables and own keys only; two people of one name go by their keys', () => {
  const plan = planSchema.parse({
    version: 1,
    stack: { project: 'shop' },
    database: { name: 'shop', user: 'admin' },
    people: { ...people, other: { name: 'Ito', roles: ['x'] } },
    channels: chatChannels('https://slack.com/api/', 'https://chat.example.com'),
  });
  expect(personOf(plan, 'slack', 'U0SATO')).toEqual({ id: 'sato', name: '佐藤' });
  expect(personOf(plan, 'slack', 'U0TANAKA')).toEqual({ id: 'tanaka', name: 'Tanaka' });
  expect(personOf(plan, 'slack', 'U0ITO')).toEqual({ id: 'ito', name: 'ito' });
  expect(personOf(plan, 'mattermost', mattermostUser)?.id).toBe('sato');
  expect(personOf(plan, 'pagerduty', 'PSATO01')?.id).toBe('sato');
  for (const nobody of ['constructor', '__proto__', 'toString', '', 'U0EVE']) expect(personOf(plan, 'slack', nobody)).toBeNull();
});

test('PagerDuty: one of several signatures, and the alerts of our incidents', () => {
  const body = Buffer.from('{"event":{}}');
  const signature = createHmac('sha256', 'secret').update(body).digest('hex');
  expect(isSigned(body, `v1=${signature}`, 'secret')).toBe(true);
  expect(isSigned(body, `v1=${'0'.repeat(64)}, v1=${signature}`, 'secret')).toBe(true);
  for (const header of ['', 'v1=', signature, `v2=${signature}`, `v1=${signature}0`, `v1=${signature.toUpperCase()}`])
    expect(isSigned(body, header, 'secret')).toBe(false);
  expect(isSigned(body, `v1=${signature}`, 'other')).toBe(false);
  expect(alertParts('incident-shop-restoreDatabase-shop/0a1b2c3d')).toEqual({
    workflowId: 'incident-shop-restoreDatabase-shop',
    run: '0a1b2c3d',
  });
  for (const key of ['', 'incident-shop', 'restore-shop/0a1b2c3d', 'incident-shop/zzzzzzzz']) expect(alertParts(key)).toBeNull();
});

test('what was seen is remembered for as long as it could come again, and not longer', () => {
  const seen = new Seen();
  expect(seen.isFirst('a', 100, 0)).toBe(true);
  expect(seen.isFirst('a', 100, 100)).toBe(false);
  expect(seen.isFirst('a', 300, 101)).toBe(true);
  seen.forget('a');
  expect(seen.isFirst('a', 300, 102)).toBe(true);
});
