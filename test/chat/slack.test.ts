/** Slack's requests, signed as Slack signs them, against the chat server; what it answers goes to a Slack on loopback. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Decision } from '../../src/chat/decide.ts';
import { Desk } from '../../src/chat/desk.ts';
import { personOf } from '../../src/chat/people.ts';
import { serveHttp } from '../../src/chat/server.ts';
import { slackRoute } from '../../src/chat/slack-http.ts';
import { createProgram } from '../../src/cli/program.ts';
import { loadPlan } from '../../src/plan/load.ts';
import { freePort } from '../integration/harness/stack.ts';
import { chatChannels, PlanFolder, people } from './harness/plan.ts';
import { SlackSide, seconds, signingSecret } from './harness/slack-side.ts';

const decisions: Decision[] = [];
const log: string[] = [];
const slack = new SlackSide();
let plan: PlanFolder;
let chat: Awaited<ReturnType<typeof serveHttp>>;

beforeAll(async () => {
  await slack.listen();
  plan = new PlanFolder({
    version: 1,
    stack: { project: 'shop' },
    database: { name: 'shop', user: 'admin' },
    temporal: { address: `127.0.0.1:${await freePort()}` },
    permissions: { start: ['primary-dba'] },
    people,
    channels: chatChannels(slack.api, 'http://127.0.0.1:1'),
  });
  const loaded = await loadPlan(plan.plan);
  const note = (line: string) => void log.push(line);
  const desk = new Desk({ planFile: plan.plan, createProgram, log: note });
  const route = slackRoute(
    {
      token: 'xoxb-1-loopback',
      url: slack.api,
      desk,
      person: async (user) => personOf(loaded.plan, 'slack', user),
      decide: async (decision) => {
        decisions.push(decision);
        return 'done';
      },
      deny: (who, channel, what) => desk.denials.record(loaded, { service: 'slack', who, channel, what, why: 'nobody' }),
      log: note,
    },
    signingSecret,
  );
  chat = await serveHttp({ routes: [route], host: '127.0.0.1', port: 0, log: note });
  slack.target = `http://127.0.0.1:${chat.port}`;
});
afterAll(async () => {
  await chat.stop();
  await slack.stop();
  plan.remove();
});
beforeEach(() => {
  slack.clear();
  for (const list of [decisions, log]) list.length = 0;
});

const paths = () => slack.calls.map(({ path }) => path);
const form = {
  callback_id: 'kintsugi:decision',
  private_metadata: JSON.stringify({ action: 'approve', workflowId: 'restore-demo', channel: 'C0INCIDENTS' }),
};
const why = "確認済み; $(rm -rf /) '; DROP TABLE x";
const submit = (user: string) => slack.submit(user, form, why);
const press = (user: string) => slack.press(user, 'kintsugi:approve', '{"workflowId":"restore-demo"}');

/** Types a command. @returns the private answer. */
async function typed(text: string, user = 'U0SATO'): Promise<string> {
  const before = slack.answers.length;
  expect((await slack.send(slack.signed(slack.command(text, user)))).status).toBe(200);
  await vi.waitFor(() => expect(slack.answers.length).toBeGreaterThan(before), 10_000);
  const answer = slack.answers.at(-1);
  expect(answer?.response_type).toBe('ephemeral');
  return answer?.text ?? '';
}

test('a button asks for the reason, and the answer carries the person of the plan', async () => {
  expect((await slack.send(slack.signed(press('U0SATO')))).status).toBe(200);
  await vi.waitFor(() => expect(paths()).toContain('/api/views.open'));
  expect(slack.forms[0]).toMatchObject(form);
  expect((await slack.send(slack.signed(submit('U0SATO')))).status).toBe(200);
  await vi.waitFor(() => expect(paths()).toContain('/api/chat.postEphemeral'));
  expect(decisions).toEqual([
    {
      action: 'approve',
      workflowId: 'restore-demo',
      by: '佐藤',
      reason: why,
      id: expect.stringMatching(/^slack-V\d+$/),
    },
  ]);
});

test('[Take over] asks for the reason, too', async () => {
  await slack.send(slack.signed(slack.press('U0SATO', 'kintsugi:takeOver', '{"workflowId":"incident-shop"}')));
  await vi.waitFor(() => expect(paths()).toContain('/api/views.open'));
  expect(slack.forms[0]?.private_metadata).toContain('"action":"takeOver","workflowId":"incident-shop"');
});

describe('[Status]', () => {
  const look = (user: string, workflowId = 'incident-shop') =>
    slack.send(slack.signed(slack.press(user, 'kintsugi:status', JSON.stringify({ workflowId }))));

  test('is answered to who pressed it, by the command line’s own words', async () => {
    await look('U0SATO');
    await vi.waitFor(() => expect(slack.answers.at(-1)?.text).toContain('TEMPORAL_UNREACHABLE'), 15_000);
    expect(slack.answers.at(-1)?.response_type).toBe('ephemeral');
    expect(decisions).toEqual([]);
  });

  test('tells nothing to somebody whom the plan does not know', async () => {
    await look('U0EVE');
    await vi.waitFor(() => expect(slack.answers.at(-1)?.text).toContain('DENIED'));
    expect(log.join('\n')).toContain('denied: slack U0EVE');
  });

  test('takes no id that is more than an id', async () => {
    await look('U0SATO', 'x --plan /etc/passwd');
    await vi.waitFor(() => expect(slack.answers.at(-1)?.text).toContain('INVALID_INPUT'));
  });
});

test('somebody whom the plan does not know decides nothing, and the attempt is on record', async () => {
  expect((await slack.send(slack.signed(press('U0EVE')))).status).toBe(200);
  await vi.waitFor(() => expect(paths()).toEqual(['/response']));
  await slack.send(slack.signed(submit('U0EVE')));
  await vi.waitFor(() => expect(paths()).toContain('/api/chat.postEphemeral'));
  expect(decisions).toEqual([]);
  expect(log.join('\n')).toContain('denied: slack U0EVE');
});

describe('what Slack did not sign, or signed before, is refused', () => {
  const other = (text: string) => ({ ...slack.signed(submit('U0SATO')), body: text });
  test.each<[string, () => RequestInit, number]>([
    ['a wrong signature', () => slack.signed(submit('U0SATO'), { secret: 'another secret' }), 401],
    ['an old time stamp', () => slack.signed(submit('U0SATO'), { timestamp: seconds() - 301 }), 401],
    ['a time stamp from the future', () => slack.signed(submit('U0SATO'), { timestamp: seconds() + 600 }), 401],
    ['no signature', () => ({ method: 'POST', body: 'payload={}' }), 401],
    ['a changed body', () => other('payload={}'), 401],
    ['a slash command with a wrong signature', () => slack.signed(slack.command('status'), { secret: 'another' }), 401],
    ['a body without end', () => other('x'.repeat(300_000)), 413],
    ['JSON that is none, signed', () => json(slack.signed('{"a":'), 'application/json'), 400],
    ['a form without anything in it, signed', () => slack.signed(''), 404],
    ['a payload that is no JSON, signed', () => slack.signed({ payload: '{' }), 400],
  ])('%s', async (_name, request, status) => {
    expect((await slack.send(request())).status).toBe(status);
    expect([...decisions, ...slack.calls]).toEqual([]);
  });

  const json = (request: RequestInit, type: string): RequestInit => ({
    ...request,
    headers: { ...(request.headers as Record<string, string>), 'content-type': type },
  });

  test('a replay inside the window', async () => {
    const request = slack.signed(submit('U0SATO'));
    expect((await slack.send(request)).status).toBe(200);
    await vi.waitFor(() => expect(decisions).toHaveLength(1));
    expect((await slack.send(request)).status).toBe(401);
    expect(decisions).toHaveLength(1);
  });

  test('a replay whose signature is spelt another way', async () => {
    const request = slack.signed(submit('U0SATO'));
    expect((await slack.send(request)).status).toBe(200);
    await vi.waitFor(() => expect(decisions).toHaveLength(1));
    const headers = request.headers as { 'x-slack-signature': string };
    const respelt = [
      `${headers['x-slack-signature']}=x`,
      `${headers['x-slack-signature']} `,
      `V0=${headers['x-slack-signature'].slice(3)}`,
    ];
    for (const signature of respelt)
      expect((await slack.send({ ...request, headers: { ...headers, 'x-slack-signature': signature } })).status).toBe(401);
    expect(decisions).toHaveLength(1);
  });

  test('a redelivery, signed anew, is acknowledged and not carried out again', async () => {
    const fields = submit('U0SATO');
    expect((await slack.send(slack.signed(fields))).status).toBe(200);
    await vi.waitFor(() => expect(decisions).toHaveLength(1));
    const again = slack.signed(fields, { timestamp: seconds() - 1 });
    const headers = { ...again.headers, 'x-slack-retry-num': '1', 'x-slack-retry-reason': 'http_timeout' };
    expect((await slack.send({ ...again, headers })).status).toBe(200);
    await vi.waitFor(() => expect(log.join('\n')).toContain('delivered a request again'));
    expect(decisions).toHaveLength(1);
  });
});

describe('commands', () => {
  test('help is that of the command line, without what chat may not do', async () => {
    const help = await typed('help');
    for (const part of ['Usage: /dr', 'recover', 'approve', 'ack', 'incident', 'Short forms']) expect(help).toContain(part);
    for (const part of ['--plan', 'doctor', 'completion', '--json', 'down']) expect(help).not.toContain(part);
    const restore = await typed('recover restore --help');
    expect(restore).toContain('--severity');
    for (const part of ['--drop-first', '--by', '--yes', '--database', '--skip', '.dump']) expect(restore).not.toContain(part);
    expect(restore).toContain('/dr recover restore --severity P1 --reason');
  });

  test.each<[string, string]>([
    ['recover restor', 'HINT: /dr recover restore'],
    ['stauts', 'HINT: /dr status'],
    ['akc', 'HINT: /dr ack'],
    ['recover restore --plan /etc/passwd', 'unknown option'],
    ['recover restore --severty P1', 'HINT: /dr recover restore --severity'],
    ['recover restore --severity P9', 'Allowed choices are P1, P2, P3, P4'],
    ['recover restore --backup ../../etc/passwd', 'From chat only the id of a backup'],
    ['recover restore --backup /var/lib/x.dump', 'From chat only the id of a backup'],
    ['recover restore --by Tanaka', 'unknown option'],
    ['recover restore --yes', 'unknown option'],
    ['ack --by Tanaka', 'unknown option'],
    ['status ../../etc/passwd', 'letters, digits and dashes only'],
    ['incident show a/../../b', 'letters, digits and dashes only'],
    ['cancel', "missing required argument 'id'"],
    ['up', 'kintsugi up is not for chat.'],
    ['doctor --mend --yes', 'kintsugi doctor is not for chat.'],
    ['plan init --force', 'is not for chat.'],
    ['chat', 'kintsugi chat is not for chat.'],
    ['notify test', 'is not for chat.'],
    ['report restore-shop --output /tmp/x', 'kintsugi report is not for chat.'],
    ['update "half', 'A quotation mark is open'],
    ['confirm', 'HINT: /dr confirm CODE shop'],
    ['confirm abc shop', 'was used already, or has lapsed'],
    ['constructor', "unknown command 'constructor'"],
    ['__proto__ toString', "unknown command '__proto__'"],
  ])('%s', async (text, answer) => {
    expect(await typed(text)).toContain(answer);
    expect(decisions).toEqual([]);
  });

  test('nothing that is typed can mention people, end the block or hide a link', async () => {
    const answer = await typed('&lt;!channel&gt; ```');
    expect(answer).not.toContain('<!channel>');
    expect(answer.slice(3, -3)).not.toContain('```');
  });

  test('Temporal that is away is said, with what that means', async () => {
    expect(await typed('ack')).toContain('TEMPORAL_UNREACHABLE');
    expect(await typed('status')).toContain('does not answer');
  });

  test('a person whom the plan does not let start a recovery is refused before anything is looked at', async () => {
    const answer = await typed('recover restore', 'U0ITO');
    expect(answer).toContain('Ito has support-team; to start it takes primary-dba.');
    expect(log.join('\n')).toContain('denied: slack Ito recover restore');
  });

  test('somebody whom the plan does not know gets no answer to any command', async () => {
    expect(await typed('status', 'U0EVE')).toContain('The plan does not know you (U0EVE)');
    expect(await typed('help', 'constructor')).toContain('The plan does not know you (constructor)');
  });

  test('a command that lacks its reason asks for it in a form', async () => {
    await slack.send(slack.signed(slack.command('approve')));
    await vi.waitFor(() => expect(slack.forms).toHaveLength(1));
    expect(slack.forms[0]).toMatchObject({ callback_id: 'kintsugi:words' });
    await slack.send(slack.signed(slack.submit('U0SATO', slack.forms[0] as never, 'checked')));
    // Temporal is away here: that the command went on is enough.
    await vi.waitFor(() => expect(paths()).toContain('/api/chat.postEphemeral'), 10_000);
    expect(slack.calls.at(-1)?.body).toContain('TEMPORAL_UNREACHABLE');
  });
});

test('the signature is compared over the body as it came, byte by byte', async () => {
  const body = 'token=x&text=%E5%BE%A9%E6%97%A7';
  const timestamp = String(seconds());
  const hash = createHmac('sha256', signingSecret).update(`v0:${timestamp}:${body}`).digest('hex');
  const headers = { 'x-slack-signature': `v0=${hash}`, 'x-slack-request-timestamp': timestamp };
  expect((await slack.send({ method: 'POST', body: body.replace('%E5', '%e5'), headers })).status).toBe(401);
});
