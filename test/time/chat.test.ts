/**
 * Commands, buttons and webhooks as Slack, Mattermost and PagerDuty send them, over real HTTP and a real WebSocket, to procedures
 * and incidents on a real Temporal server; only the activities are faked.
 */
import { createHmac } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { serveChat } from '../../src/chat/serve.ts';
import { createProgram } from '../../src/cli/program.ts';
import { readEvidence } from '../../src/evidence/read.ts';
import type { IncidentView } from '../../src/incident/contract.ts';
import { loadPlan } from '../../src/plan/load.ts';
import type { PlanInput } from '../../src/plan/schema.ts';
import type { RestoreInput } from '../../src/workflows/contract.ts';
import { HttpProvider } from '../channels/providers/http.ts';
import { chatChannels, mattermostUser, PlanFolder, people, secrets } from '../chat/harness/plan.ts';
import { SlackSide } from '../chat/harness/slack-side.ts';
import { type Rehearsal, rehearse } from './harness.ts';

const log: string[] = [];
const slack = new SlackSide();
/** What Mattermost got at its response address. */
const later: { text: string; response_type: string }[] = [];
const mattermost = new HttpProvider((request) => {
  later.push(JSON.parse(request.body));
  return { status: 200, body: {} };
});
let stack: Rehearsal;
let folder: PlanFolder;
let chat: Awaited<ReturnType<typeof serveChat>>;
let end: () => void;
let ended: Promise<void>;
/** Starts a chat server with an empty memory, as after a restart. */
let serve: () => ReturnType<typeof serveChat>;

const patience = { timeout: 20_000, interval: 50 };

beforeAll(async () => {
  await Promise.all([slack.listen(), mattermost.listen()]);
  const channels = chatChannels(slack.api, mattermost.url);
  const plan: Partial<PlanInput> = {
    people,
    restore: { freshBackup: false },
    permissions: { start: ['primary-dba'], approve: ['primary-dba', 'devops-lead'] },
    channels: { ...channels, slack: { ...channels.slack, token: { env: 'SLACK_TOKEN' }, appToken: { env: 'SLACK_APP' } } },
  };
  stack = await rehearse('chat', plan, 'real');
  // As the real one: a name for each run.
  let swaps = 0;
  stack.fake('swap', ({ until }: { until: string }) => ({ replaced: `shop_replaced_${++swaps}`, until, statements: [] }));
  ended = stack.run(
    () =>
      new Promise((resolve) => {
        end = resolve;
      }),
  );
  folder = new PlanFolder(
    {
      version: 1,
      stack: { project: 'chat' },
      database: { name: 'shop', user: 'admin' },
      temporal: { address: stack.clock.address },
      ...plan,
    },
    secrets,
  );
  const loaded = await loadPlan(folder.plan);
  serve = () => serveChat({ loaded, createProgram, host: '127.0.0.1', port: 0, log: (line) => void log.push(line) });
  chat = await serve();
  slack.target = `http://127.0.0.1:${chat.port}`;
});

afterAll(async () => {
  await chat.stop();
  end();
  await ended;
  await Promise.all([slack.stop(), mattermost.stop()]);
  folder.remove();
});

beforeEach(() => {
  slack.clear();
  log.length = 0;
  later.length = 0;
});

/** @returns the answer to a command that somebody types in Slack. */
async function typed(text: string, user = 'U0SATO'): Promise<string> {
  const before = slack.answers.length;
  expect((await slack.send(slack.signed(slack.command(text, user)))).status).toBe(200);
  await vi.waitFor(() => expect(slack.answers.length).toBeGreaterThan(before), patience);
  return slack.answers.at(-1)?.text ?? '';
}

const incidentNow = (id: string) => stack.clock.client.workflow.getHandle(id).query<IncidentView>('incident');

/** @returns the id of a new incident. */
async function opened(problem: string): Promise<string> {
  const answer = await typed(`incident open "${problem}" --severity P2`);
  const id = /incident-chat-reported-[\w-]+/.exec(answer)?.[0];
  if (id === undefined) throw new Error(answer);
  // Queries over all of them see it a moment later.
  await vi.waitFor(async () => expect(await typed('incident list')).toContain(id), patience);
  return id;
}

async function closed(id: string): Promise<void> {
  expect(await typed(`close ${id} done`)).toContain('closed');
  await vi.waitFor(async () => expect(await typed('incident list')).not.toContain(id), patience);
}

/** Confirms what was shown last, as its person does. */
async function confirmed(): Promise<void> {
  const nonce = slack.answers.at(-1)?.blocks?.flatMap(({ elements = [] }) => elements)[0]?.value ?? '';
  await slack.send(slack.signed(slack.press('U0SATO', 'kintsugi:confirm', nonce)));
  await vi.waitFor(() => expect(slack.forms).toHaveLength(1), patience);
  const [form] = slack.forms;
  if (form === undefined) throw new Error('no form');
  expect((await slack.send(slack.signed(slack.submit('U0SATO', form, 'shop')))).body).toBe('');
  await vi.waitFor(() => expect(slack.answers).toHaveLength(2), patience);
}

/** @returns the one argument that the last recovery was started with. */
async function startedWith(): Promise<RestoreInput> {
  const history = await stack.clock.client.workflow.getHandle('restore-chat').fetchHistory();
  const payload = history.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0];
  return JSON.parse(Buffer.from(payload?.data ?? []).toString());
}

describe('a recovery from Slack', () => {
  test('is shown to the person alone, confirmed by that person with the name typed, and started once', async () => {
    const request = slack.command('recover restore --severity P1 --reason “dropped by mistake”');
    const first = await slack.send(slack.signed(request));
    expect(JSON.parse(first.body)).toEqual({ response_type: 'ephemeral', text: 'Looks first; nothing is touched yet.' });
    await vi.waitFor(() => expect(slack.answers).toHaveLength(1), patience);
    const [shown] = slack.answers;
    expect(shown?.response_type).toBe('ephemeral');
    for (const part of [
      'Will restore shop from b1',
      'lost',
      'takes',
      'services',
      'Needs approval of 1 person (P1): yours counts.',
    ])
      expect(shown?.text).toContain(part);
    expect(stack.calls).not.toContain('stopServices');

    const button = shown?.blocks?.flatMap(({ elements = [] }) => elements)[0];
    expect(button?.action_id).toBe('kintsugi:confirm');
    const nonce = button?.value ?? '';
    // Somebody else gets no form.
    await slack.send(slack.signed(slack.press('U0TANAKA', 'kintsugi:confirm', nonce)));
    await vi.waitFor(() => expect(slack.answers).toHaveLength(2), patience);
    expect(slack.answers[1]?.text).toContain('This was shown to somebody else.');
    await slack.send(slack.signed(slack.press('U0SATO', 'kintsugi:confirm', nonce)));
    await vi.waitFor(() => expect(slack.forms).toHaveLength(1), patience);
    const [form] = slack.forms;
    if (form === undefined) throw new Error('no form');
    expect(form.blocks[0]?.label?.text).toBe('Type the name of the database to go on: shop');

    const byOther = await slack.send(slack.signed(slack.submit('U0TANAKA', form, 'shop')));
    expect(JSON.parse(byOther.body)).toMatchObject({ response_action: 'errors' });
    const mistyped = await slack.send(slack.signed(slack.submit('U0SATO', form, 'shops')));
    expect(JSON.parse(mistyped.body)).toMatchObject({
      errors: { input: '“shops” is not the name of the database. Nothing was started.' },
    });
    expect(stack.calls).not.toContain('stopServices');

    expect((await slack.send(slack.signed(slack.submit('U0SATO', form, 'shop')))).body).toBe('');
    await vi.waitFor(
      () => expect(slack.answers.at(-1)?.text).toContain('restore-chat is started and goes on by itself.'),
      patience,
    );
    expect(await startedWith()).toMatchObject({
      requestedBy: '佐藤',
      confirm: 'shop',
      backup: 'b1',
      reason: 'dropped by mistake',
    });
    await stack.clock.client.workflow.getHandle('restore-chat').result();
    expect(stack.calls.filter((call) => call === 'swap')).toHaveLength(1);

    const again = await slack.send(slack.signed(slack.submit('U0SATO', form, 'shop')));
    expect(JSON.parse(again.body)).toMatchObject({
      errors: { input: expect.stringContaining('This was used already, or has lapsed.') },
    });
    expect(stack.calls.filter((call) => call === 'swap')).toHaveLength(1);
    // Two answers of five, and the other person's.
    expect(slack.answers).toHaveLength(3);
  });

  test('of deleted data stops writes only when its person has confirmed', async () => {
    stack.calls.length = 0;
    await slack.send(slack.signed(slack.command('recover deletion --reason "DELETE without WHERE"')));
    await vi.waitFor(() => expect(slack.answers).toHaveLength(1), patience);
    const [shown] = slack.answers;
    for (const part of ['Will stop all writes to shop at once.', 'from b1', 'lost']) expect(shown?.text).toContain(part);
    expect(stack.calls).not.toContain('holdWrites');
    await confirmed();
    await stack.clock.client.workflow.getHandle('deletion-chat').result();
    expect(stack.calls.filter((call) => call === 'holdWrites' || call === 'swap')).toEqual(['holdWrites', 'swap']);
    expect(slack.answers.at(-1)?.text).toContain('deletion-chat is started and goes on by itself.');
  });

  test('is for the incident that is open, so that nobody is called twice for the same', async () => {
    const id = await opened('500 everywhere');
    slack.clear();
    await slack.send(slack.signed(slack.command('recover restore --reason "database is gone"')));
    await vi.waitFor(() => expect(slack.answers).toHaveLength(1), patience);
    expect(slack.answers[0]?.text).toContain(`joins P2 500 everywhere (${id})`);
    await confirmed();
    await stack.clock.client.workflow.getHandle('restore-chat').result();
    expect(await startedWith()).toMatchObject({ incident: id });
    await vi.waitFor(async () => expect((await incidentNow(id)).status).toBe('resolved'), patience);
    expect((await incidentNow(id)).timeline.map(({ what }) => what)).toContain('recovered');
    await closed(id);
  });

  test('a chat that stops takes back what was not confirmed, and says so', async () => {
    const other = await serve();
    const main = slack.target;
    slack.target = `http://127.0.0.1:${other.port}`;
    await slack.send(slack.signed(slack.command('recover restore')));
    await vi.waitFor(() => expect(slack.answers).toHaveLength(1), patience);
    await other.stop();
    slack.target = main;
    expect(slack.answers.at(-1)?.text).toContain('Kintsugi’s chat was stopped; ask again.');
    expect(slack.answers.at(-1)?.text).toContain('Nothing was started, stopped or changed.');
  });
});

describe('an incident from Slack', () => {
  test('is opened, acknowledged, updated and resolved under the person’s name', async () => {
    const id = await opened('nobody can clock in');
    expect(await typed('ack on my way')).toContain('佐藤 has it');
    expect(await typed('update “disk is full, making room”', 'U0TANAKA')).toContain('it goes to everybody');
    expect(await typed('severity --to P1 --reason "all factories"')).toContain('P2 → P1');
    expect(await typed('incident show')).toContain('nobody can clock in');
    expect(await typed('status')).toContain('chat');
    expect(await typed('resolve room made')).toContain('resolved; it is announced');
    const { status, timeline } = await incidentNow(id);
    expect(status).toBe('resolved');
    expect(timeline.map(({ who, what, why }) => [who, what, why].join('|'))).toEqual(
      expect.arrayContaining([
        '佐藤|acknowledged|on my way',
        'Tanaka|status: disk is full, making room|',
        '佐藤|severity P2 → P1|all factories',
        '佐藤|resolved|room made',
      ]),
    );
    expect(await typed('ack')).toContain('No incident of chat is open.');
    await closed(id);
  });

  test('a redelivery to a chat that was restarted is carried out once', async () => {
    const id = await opened('twice');
    const fields = slack.command('update "said once"');
    await slack.send(slack.signed(fields));
    await vi.waitFor(() => expect(slack.answers.at(-1)?.text).toContain('it goes to everybody'), patience);
    const restarted = await serve();
    const main = slack.target;
    slack.target = `http://127.0.0.1:${restarted.port}`;
    const before = slack.answers.length;
    await slack.send(slack.signed(fields));
    await vi.waitFor(() => expect(slack.answers.length).toBeGreaterThan(before), patience);
    slack.target = main;
    await restarted.stop();
    const { timeline } = await incidentNow(id);
    expect(timeline.filter(({ what }) => what === 'status: said once')).toHaveLength(1);
    await closed(id);
  });

  test('what somebody unknown tries stands in the timeline and in the evidence', async () => {
    const id = await opened('watched');
    expect(await typed('resolve all is well', 'U0EVE')).toContain('The plan does not know you (U0EVE)');
    await vi.waitFor(async () => {
      const { timeline, status } = await incidentNow(id);
      expect(status).toBe('triggered');
      expect(timeline.at(-1)).toMatchObject({ who: 'slack U0EVE', what: 'denied: resolve all is well' });
    }, patience);
    const evidence = path.join(folder.folder, '.kintsugi', 'evidence', 'chat-chat');
    const files = await Promise.all(readdirSync(evidence).map((file) => readEvidence(path.join(evidence, file))));
    const lines = files.flatMap((file) => file.lines);
    expect(lines).toContainEqual(expect.objectContaining({ code: 'DENIED', result: expect.objectContaining({ who: 'U0EVE' }) }));
    await closed(id);
  });

  test('a request for approval is answered from chat, by those who may', async () => {
    const run = await stack.clock.client.workflow.start('restoreDatabase', {
      taskQueue: stack.taskQueue,
      workflowId: 'restore-chat',
      args: [{ incident: 'elsewhere', skip: ['freshBackup'] }],
    });
    await vi.waitFor(async () => expect(await typed('status')).toContain('Waits for an approval'), patience);
    // As it is typed in chat, where nobody says who they are.
    expect(slack.answers.at(-1)?.text).toContain('/dr approve restore-chat --reason WHY');
    expect(await typed('approve looks right', 'U0ITO')).toContain('Ito has support-team');
    expect(await typed('approve checked with the team', 'U0TANAKA')).toContain('approved by Tanaka (1 of 1)');
    expect(await run.result()).toMatchObject({ approvals: [{ by: 'Tanaka', reason: 'checked with the team', approved: true }] });
  });
});

describe('Slack without an open port', () => {
  test('commands come over the socket, each once, also after Slack asked to connect anew', async () => {
    const fields = slack.command('help refuse');
    const envelope = slack.push('slash_commands', fields);
    await vi.waitFor(() => expect(slack.acknowledged.map(({ envelope_id }) => envelope_id)).toContain(envelope), patience);
    await vi.waitFor(() => expect(slack.answers.at(-1)?.text).toContain('Usage: /dr refuse'), patience);
    // The same envelope, and the same interaction in another envelope.
    slack.push('slash_commands', slack.command('help refuse'), envelope);
    slack.push('slash_commands', fields);
    await vi.waitFor(() => expect(slack.acknowledged).toHaveLength(3), patience);
    expect(slack.answers).toHaveLength(1);

    slack.refresh();
    await vi.waitFor(() => expect(log.join('\n')).toContain('Slack Socket Mode: connected again'), patience);
    slack.push('slash_commands', slack.command('help ack'));
    await vi.waitFor(() => expect(slack.answers.at(-1)?.text).toContain('Usage: /dr incident ack'), patience);
  });
});

describe('Mattermost', () => {
  let count = 0;
  const fields = (text: string, changes: Record<string, string> = {}) => ({
    token: secrets.MATTERMOST_TOKEN,
    team_id: 't'.repeat(26),
    channel_id: 'c'.repeat(26),
    user_id: mattermostUser,
    user_name: 'sato',
    command: '/dr',
    text,
    response_url: `${mattermost.url}/hooks/commands/x`,
    trigger_id: `mattermost-${++count}`,
    ...changes,
  });
  const post = async (values: Record<string, string>) => {
    const answer = await slack.send({ method: 'POST', body: new URLSearchParams(values) }, '/mattermost/command');
    return { status: answer.status, text: answer.status === 200 ? (JSON.parse(answer.body).text as string) : '' };
  };

  test('a recovery is confirmed with a code that works once, by the same person', async () => {
    const before = stack.calls.filter((call) => call === 'swap').length;
    let shown = (await post(fields('recover restore --reason "dropped"'))).text;
    if (shown.startsWith('Works on it')) {
      await vi.waitFor(() => expect(later).toHaveLength(1), patience);
      shown = later[0]?.text ?? '';
    }
    expect(shown).toContain('Will restore shop from b1');
    const nonce = /\/dr confirm ([\w-]+) shop/.exec(shown)?.[1] ?? '';
    later.length = 0;
    expect((await post(fields(`confirm ${nonce} shops`))).text).toContain('is not the name of the database');
    expect((await post(fields(`confirm ${nonce} shop`))).text).toContain('Confirmed.');
    await vi.waitFor(() => expect(later.at(-1)?.text).toContain('restore-chat is started'), patience);
    expect((await post(fields(`confirm ${nonce} shop`))).text).toContain('was used already');
    await stack.clock.client.workflow.getHandle('restore-chat').result();
    expect(stack.calls.filter((call) => call === 'swap')).toHaveLength(before + 1);
    expect(later.every(({ response_type }) => response_type === 'ephemeral')).toBe(true);
  });

  test.each<[string, () => Record<string, string>, number]>([
    ['a wrong token', () => fields('status', { token: 'x' }), 401],
    ['no token', () => fields('status', { token: '' }), 401],
    ['answers that would go elsewhere', () => fields('status', { response_url: 'http://169.254.169.254/latest' }), 401],
    ['a user id that is none', () => fields('status', { user_id: '__proto__' }), 400],
  ])('%s is refused', async (_name, values, status) => {
    expect((await post(values())).status).toBe(status);
    expect(later).toEqual([]);
  });

  test('a request that comes again is refused, and somebody unknown gets no answer', async () => {
    const values = fields('help');
    expect((await post(values)).text).toContain('Usage: /dr');
    expect((await post(values)).status).toBe(401);
    expect((await post(fields('status', { user_id: 'x'.repeat(26) }))).text).toContain('The plan does not know you');
  });
});

describe('PagerDuty', () => {
  const user = { id: 'PSATO01', type: 'user_reference', summary: 'Sato' };
  let count = 0;
  const event = (type: string, incident_key: string, changes: object = {}) => ({
    event: {
      id: `event-${++count}`,
      event_type: type,
      resource_type: 'incident',
      occurred_at: new Date().toISOString(),
      agent: user,
      client: null,
      data: { id: 'PT4KHLK', type: 'incident', incident_key, status: 'acknowledged' },
      ...changes,
    },
  });
  const post = async (value: unknown, { secret = secrets.PAGERDUTY_WEBHOOK, more = '' } = {}) => {
    const body = typeof value === 'string' ? value : JSON.stringify(value);
    const signature = `${more}v1=${createHmac('sha256', secret).update(body).digest('hex')}`;
    const headers = { 'content-type': 'application/json', 'x-pagerduty-signature': signature };
    return slack.send({ method: 'POST', body, headers }, '/pagerduty/webhook');
  };
  /** The key of the alert of an incident. */
  const keyOf = async (id: string) => `${id}/${(await stack.clock.client.workflow.getHandle(id).describe()).runId.slice(-8)}`;

  test('who acknowledges, resolves and opens again there does so here', async () => {
    const id = await opened('paged');
    const key = await keyOf(id);
    expect((await post(event('incident.acknowledged', key), { more: `v1=${'0'.repeat(64)},` })).status).toBe(200);
    expect(await incidentNow(id)).toMatchObject({ status: 'acknowledged', responder: { person: 'sato' } });
    expect((await post(event('incident.resolved', key))).status).toBe(200);
    expect((await incidentNow(id)).status).toBe('resolved');
    expect((await post(event('incident.reopened', key))).status).toBe(200);
    // Who had it has it again.
    await vi.waitFor(async () => expect((await incidentNow(id)).status).toBe('acknowledged'), patience);
    expect(await incidentNow(id)).toMatchObject({ severity: 'P2', occurrences: 2 });
    await closed(id);
  });

  test('what nobody of the plan did changes nothing: our own events, unknown users, replays, old alerts', async () => {
    const id = await opened('left alone');
    const key = await keyOf(id);
    const states = async () => (await incidentNow(id)).status;
    await post(event('incident.acknowledged', key, { agent: { id: 'PINTEG1', type: 'inbound_integration_reference' } }));
    await post(event('incident.acknowledged', key, { agent: null }));
    await post(event('incident.acknowledged', key, { agent: { ...user, id: 'PEVE001' } }));
    await post(event('incident.acknowledged', key.replace(/.{8}$/, '00000000')));
    await post(event('incident.annotated', key));
    await post(event('pagey.ping', ''));
    expect(await states()).toBe('triggered');
    expect(log.join('\n')).toContain('denied: pagerduty PEVE001');
    await vi.waitFor(async () => {
      const { timeline } = await incidentNow(id);
      expect(timeline.at(-1)).toMatchObject({ what: 'denied: acknowledge' });
    }, patience);
    const good = event('incident.acknowledged', key);
    expect((await post(good)).body).toContain('has it');
    expect((await post(good)).body).toContain('came before');
    expect((await post(event('incident.resolved', key, { occurred_at: '2026-01-01T00:00:00Z' }))).status).toBe(401);
    expect((await post(event('incident.resolved', key), { secret: 'another' })).status).toBe(401);
    expect(await states()).toBe('acknowledged');
    await closed(id);
  });

  test('what is no webhook is ignored with a log line', async () => {
    for (const body of ['', '{', '[]', '{"event":{}}', 'null', '"x"']) expect((await post(body)).status).toBe(200);
    expect(log.filter((line) => line.includes('no webhook of version 3'))).toHaveLength(6);
    expect((await slack.send({ method: 'POST', body: '{}' }, '/pagerduty/webhook')).status).toBe(401);
    expect((await post('x'.repeat(300_000))).status).toBe(413);
  });
});

test('health says what is served and whether Temporal answers; other addresses are none', async () => {
  const health = await slack.send({ method: 'GET' }, '/healthz');
  expect(health.status).toBe(200);
  expect(JSON.parse(health.body)).toEqual({
    temporal: true,
    slackSocketMode: true,
    serves: ['Slack', 'Mattermost', 'PagerDuty', 'Slack Socket Mode', 'health'],
  });
  expect((await slack.send({ method: 'GET' }, '/slack/events')).status).toBe(405);
  expect((await slack.send({ method: 'POST', body: 'x' }, '/etc/passwd')).status).toBe(404);
});
