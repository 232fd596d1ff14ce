/** What each channel does beyond the contract that they share. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Channel } from '../../src/channels/channel.ts';
import { messagesFile } from '../../src/channels/file.ts';
import { parseRetryAfter } from '../../src/channels/http-problem.ts';
import { message } from './message.ts';
import { channelOf } from './parts.ts';
import { PagerdutyProvider } from './providers/pagerduty.ts';
import type { Provider } from './providers/provider.ts';
import { SlackProvider } from './providers/slack.ts';
import { SmtpProvider } from './providers/smtp.ts';
import { SmsProvider, VoiceProvider } from './providers/twilio.ts';

const stateFolder = mkdtempSync(path.join(tmpdir(), 'kintsugi-channels-'));
afterAll(() => rmSync(stateFolder, { recursive: true }));

async function started<P extends Provider>(starting: Promise<P>): Promise<[P, Channel]> {
  const provider = await starting;
  onTestFinished(() => provider.stop());
  return [provider, await channelOf(provider.channel, provider.plan, provider.secrets, stateFolder)];
}

const patience = () => new AbortController().signal;

describe('e-mail', () => {
  test('goes out encrypted, with the key, and a subject can’t add a header', async () => {
    const [provider, channel] = await started(SmtpProvider.start());
    const outgoing = message('email', provider.address, {
      subject: 'down\r\nBcc: eve@example.com',
      thread: '<first@example.com>',
    });
    await channel.send(outgoing);
    const mail = provider.received()[0];
    expect(mail?.encrypted).toBe(true);
    expect(mail?.headers.get('x-kintsugi-key')).toBe(outgoing.key);
    expect(mail?.headers.get('in-reply-to')).toBe('<first@example.com>');
    expect(mail?.headers.has('bcc')).toBe(false);
  });

  test('is never sent to a server whose certificate nobody vouches for, nor without encryption', async () => {
    const provider = await SmtpProvider.start();
    onTestFinished(() => provider.stop());
    const { ca: _, ...email } = provider.plan.email;
    const distrusting = await channelOf('email', { email }, provider.secrets, stateFolder);
    await expect(distrusting.send(message('email', provider.address))).rejects.toMatchObject({ kind: 'refused' });

    const plain = await SmtpProvider.start({ disabledCommands: ['STARTTLS'], allowInsecureAuth: true });
    onTestFinished(() => plain.stop());
    const channel = await channelOf('email', plain.plan, plain.secrets, stateFolder);
    await expect(channel.send(message('email', plain.address))).rejects.toThrow(/STARTTLS|TLS/);
    expect([...provider.received(), ...plain.received()]).toEqual([]);
  });
});

describe('Slack', () => {
  test('later messages go into the thread of the first, and buttons carry the workflow', async () => {
    const [provider, channel] = await started(SlackProvider.start());
    const first = await channel.send(message('slack', 'C0INCIDENTS'));
    await channel.send(
      message('slack', 'C0INCIDENTS', {
        ...(first.providerId === null ? {} : { thread: first.providerId }),
        actions: [{ action: 'acknowledge', workflowId: 'incident-demo', label: 'Acknowledge' }],
      }),
    );
    expect(provider.messages[1]?.thread).toBe(provider.messages[0]?.ts);
    const button = provider.messages[1]?.blocks.find(({ type }) => type === 'actions')?.elements?.[0];
    expect(button).toMatchObject({ action_id: 'kintsugi:acknowledge', value: '{"workflowId":"incident-demo"}' });
  });

  test('a message in a thread is found again there', async () => {
    const [provider, channel] = await started(SlackProvider.start());
    const { providerId } = await channel.send(message('slack', 'C0INCIDENTS'));
    const reply = message('slack', 'C0INCIDENTS', { thread: providerId ?? '' });
    await channel.send(reply);
    expect(await channel.find?.(reply, new Date())).toMatchObject({ providerId: `C0INCIDENTS:${provider.messages[1]?.ts}` });
    expect(await channel.find?.(message('slack', 'C0INCIDENTS'), new Date())).toBeNull();
  });
});

describe('PagerDuty', () => {
  test('one alert an incident: triggered, acknowledged, resolved', async () => {
    const [provider, channel] = await started(PagerdutyProvider.start());
    for (const kind of ['incidentNotification', 'acknowledgement', 'resolutionUpdate'] as const) {
      await channel.send(message('pagerduty', 'dba', { incident: 'incident-demo', kind }));
    }
    expect(provider.events.map(({ event_action, dedup_key }) => [event_action, dedup_key])).toEqual([
      ['trigger', 'incident-demo'],
      ['acknowledge', 'incident-demo'],
      ['resolve', 'incident-demo'],
    ]);
  });

  test('a test leaves no alert open, and a report opens none', async () => {
    const [provider, channel] = await started(PagerdutyProvider.start());
    await channel.send(message('pagerduty', 'dba', { kind: 'test' }));
    expect(provider.events.map(({ event_action }) => event_action)).toEqual(['trigger', 'resolve']);
    const report = await channel.send(message('pagerduty', 'dba', { kind: 'postIncidentReport' }));
    expect(report.outcome).toBe('nothingSent');
    expect(provider.events).toHaveLength(2);
  });

  test('a service that the plan does not name is an outcome', async () => {
    const [, channel] = await started(PagerdutyProvider.start());
    await expect(channel.send(message('pagerduty', 'nobody'))).rejects.toMatchObject({ kind: 'refused' });
  });
});

describe('Twilio', () => {
  test.each([
    ['busy', 'failed'],
    ['no-answer', 'failed'],
    ['completed', 'delivered'],
  ])('a call that ends as %s has %s', async (status, outcome) => {
    const [provider, channel] = await started(VoiceProvider.start());
    provider.statuses = ['ringing', status];
    const { providerId } = await channel.send(message('voice', provider.address));
    const delivery = await channel.follow?.(providerId ?? '', patience());
    expect(delivery).toEqual({ providerId, outcome, why: `Twilio: ${status}` });
  });

  test('a text message still on its way when patience ends stays accepted', async () => {
    const [provider, channel] = await started(SmsProvider.start());
    provider.statuses = ['sent'];
    const { providerId } = await channel.send(message('sms', provider.address));
    expect(await channel.follow?.(providerId ?? '', patience())).toMatchObject({ outcome: 'accepted', providerId });
  });

  test('a call speaks the person’s language', async () => {
    const [provider, channel] = await started(VoiceProvider.start());
    await channel.send(message('voice', provider.address, { language: 'ja' }));
    expect(provider.items[0]?.body).toContain('language="ja-JP"');
  });
});

describe('without any provider', () => {
  test('the file holds each message once', async () => {
    const channel = await channelOf('file', {}, {}, stateFolder);
    const outgoing = message('file', '');
    await channel.send(outgoing);
    const lines = readFileSync(messagesFile(stateFolder), 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).key)).toEqual([outgoing.key]);
    expect(await channel.find?.(outgoing, new Date())).toMatchObject({ outcome: 'accepted' });
    expect(await channel.find?.(message('file', ''), new Date())).toBeNull();
  });

  test('the terminal shows severity, recipient, text and key', async () => {
    const written: string[] = [];
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text, done) => {
      written.push(String(text));
      (done as unknown as () => void)();
      return true;
    });
    const outgoing = message('terminal', '');
    try {
      await (await channelOf('terminal', {}, {}, stateFolder)).send(outgoing);
    } finally {
      spy.mockRestore();
    }
    expect(written.join('')).toContain(`P1 to 佐藤: ${outgoing.subject}`);
    expect(written.join('')).toContain(outgoing.key);
  });
});

test('Retry-After is read as seconds or as a date', () => {
  const now = Date.parse('2026-11-24T00:00:00Z');
  expect(parseRetryAfter('120', now)).toBe(120_000);
  expect(parseRetryAfter('Tue, 24 Nov 2026 00:01:30 GMT', now)).toBe(90_000);
  expect(parseRetryAfter('Tue, 24 Nov 2020 00:01:30 GMT', now)).toBe(0);
  expect(parseRetryAfter('soon', now)).toBeUndefined();
  expect(parseRetryAfter(null, now)).toBeUndefined();
});
