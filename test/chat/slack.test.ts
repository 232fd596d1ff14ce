/** Slack's requests, signed as Slack signs them, against the chat server; what it answers goes to a Slack on loopback. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { type Decision, serveSlack } from '../../src/chat/slack.ts';
import { HttpProvider, type HttpRequest } from '../channels/providers/http.ts';

const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';
const calls: HttpRequest[] = [];
const decisions: Decision[] = [];
const log: string[] = [];
const slack = new HttpProvider((request) => {
  calls.push(request);
  return { status: 200, body: { ok: true } };
});
let chat: Awaited<ReturnType<typeof serveSlack>>;

beforeAll(async () => {
  await slack.listen();
  chat = await serveSlack({
    signingSecret,
    token: 'xoxb-1-loopback',
    url: `${slack.url}/api/`,
    port: 0,
    host: '127.0.0.1',
    person: (user) => (user === 'U0SATO' ? '佐藤' : null),
    decide: async (decision) => {
      decisions.push(decision);
      return 'done';
    },
    log: (line) => void log.push(line),
  });
});
afterAll(async () => {
  await chat.stop();
  await slack.stop();
});
beforeEach(() => {
  for (const list of [calls, decisions, log]) list.length = 0;
});

const now = () => Math.floor(Date.now() / 1000);
let count = 0;

/** @returns a signed request. `trigger_id` differs each time, as Slack's does. */
function signed(payload: object, timestamp = now(), secret = signingSecret): RequestInit {
  const body = new URLSearchParams({ payload: JSON.stringify({ ...payload, trigger_id: `trigger-${++count}` }) }).toString();
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')}`;
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-signature': signature,
    'x-slack-request-timestamp': String(timestamp),
  };
  return { method: 'POST', body, headers };
}

async function send(request: RequestInit): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${chat.port}/slack/events`, {
    ...request,
    headers: { ...request.headers, connection: 'close' },
  });
  await answer.text();
  return answer.status;
}

const press = (user: string, action = 'approve') => ({
  type: 'block_actions',
  user: { id: user },
  team: { id: 'T0' },
  channel: { id: 'C0INCIDENTS' },
  response_url: `${slack.url}/response`,
  actions: [{ type: 'button', action_id: `kintsugi:${action}`, block_id: 'b', value: '{"workflowId":"restore-demo"}' }],
});

const submit = (user: string) => ({
  type: 'view_submission',
  user: { id: user },
  team: { id: 'T0' },
  view: {
    id: 'V0ONE',
    callback_id: 'kintsugi:decision',
    private_metadata: JSON.stringify({ action: 'approve', workflowId: 'restore-demo', channel: 'C0INCIDENTS', user }),
    state: { values: { reason: { reason: { value: "確認済み; $(rm -rf /) '; DROP TABLE x" } } } },
  },
});

test('a button asks for the reason, and the answer carries the person of the plan', async () => {
  expect(await send(signed(press('U0SATO')))).toBe(200);
  await vi.waitFor(() => expect(calls.map(({ path }) => path)).toContain('/api/views.open'));
  expect(await send(signed(submit('U0SATO')))).toBe(200);
  await vi.waitFor(() => expect(calls.map(({ path }) => path)).toContain('/api/chat.postEphemeral'));
  expect(decisions).toEqual([
    {
      action: 'approve',
      workflowId: 'restore-demo',
      by: '佐藤',
      reason: "確認済み; $(rm -rf /) '; DROP TABLE x",
      id: 'slack-V0ONE',
    },
  ]);
});

test('somebody whom the plan does not know decides nothing, and the attempt is on record', async () => {
  expect(await send(signed(press('U0EVE')))).toBe(200);
  await vi.waitFor(() => expect(calls.map(({ path }) => path)).toEqual(['/response']));
  await send(signed(submit('U0EVE')));
  await vi.waitFor(() => expect(calls.map(({ path }) => path)).toContain('/api/chat.postEphemeral'));
  expect(decisions).toEqual([]);
  expect(log.join('\n')).toContain('denied: Slack user U0EVE');
});

test.each([
  ['a wrong signature', () => signed(submit('U0SATO'), now(), 'another secret')],
  ['an old time stamp', () => signed(submit('U0SATO'), now() - 301)],
  ['a time stamp from the future', () => signed(submit('U0SATO'), now() + 600)],
  ['no signature', () => ({ method: 'POST', body: 'payload={}' })],
  ['a changed body', () => ({ ...signed(submit('U0SATO')), body: 'payload={}' })],
  ['a body without end', () => ({ ...signed(submit('U0SATO')), body: 'x'.repeat(300_000) })],
])('%s is refused', async (_name, request) => {
  expect(await send(request())).toBe(401);
  expect([...decisions, ...calls]).toEqual([]);
  expect(log).toHaveLength(1);
});

test('a replay inside the window is refused', async () => {
  const request = signed(submit('U0SATO'));
  expect(await send(request)).toBe(200);
  await vi.waitFor(() => expect(decisions).toHaveLength(1));
  expect(await send(request)).toBe(401);
  expect(decisions).toHaveLength(1);
});
