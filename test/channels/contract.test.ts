/** One contract for all channels, each against a provider on loopback that checks what it gets as the real one does. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { SendProblem } from '../../src/channels/channel.ts';
import type { Delivery, OutgoingMessage } from '../../src/channels/contract.ts';
import { sendOnce } from '../../src/channels/send-once.ts';
import { sentRecord } from '../../src/channels/sent-record.ts';
import { message } from './message.ts';
import { channelOf } from './parts.ts';
import { PagerdutyProvider } from './providers/pagerduty.ts';
import type { Provider } from './providers/provider.ts';
import { SlackProvider } from './providers/slack.ts';
import { SmtpProvider } from './providers/smtp.ts';
import { SmsProvider, VoiceProvider } from './providers/twilio.ts';
import { WebhookProvider } from './providers/webhook.ts';

const stateFolder = mkdtempSync(path.join(tmpdir(), 'kintsugi-channels-'));
afterAll(() => rmSync(stateFolder, { recursive: true }));

const providers: [string, () => Promise<Provider>][] = [
  ['email', () => SmtpProvider.start()],
  ['slack', () => SlackProvider.start()],
  ['pagerduty', () => PagerdutyProvider.start()],
  ['webhook', () => WebhookProvider.start()],
  ['sms', () => SmsProvider.start()],
  ['voice', () => VoiceProvider.start()],
];

describe.each(providers)('%s', (name, start) => {
  let provider: Provider;
  beforeAll(async () => {
    provider = await start();
  });
  afterAll(() => provider.stop());
  afterEach(() => provider.behave('answer'));

  /** Sends as the worker does: through the record. A new worker each time, as after a restart. */
  async function send(
    outgoing: OutgoingMessage,
    secrets: Readonly<Record<string, string>> = provider.secrets,
  ): Promise<Delivery> {
    const channel = await channelOf(provider.channel, provider.plan, secrets, stateFolder);
    return sendOnce(channel, outgoing, sentRecord(stateFolder), new AbortController().signal);
  }

  async function problem(outgoing: OutgoingMessage): Promise<SendProblem> {
    const thrown: unknown = await send(outgoing).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(SendProblem);
    return thrown as SendProblem;
  }

  const since = (before: number) => provider.received().slice(before);
  const distinct = (before: number) => new Set(since(before).map(({ id }) => id)).size;

  test('a message arrives once, whole, in any script', async () => {
    const before = provider.received().length;
    const outgoing = message(provider.channel, provider.address);
    const delivery = await send(outgoing);
    expect(['accepted', 'delivered']).toContain(delivery.outcome);
    expect(delivery.providerId).toBeTruthy();
    expect(since(before)).toHaveLength(1);
    expect(since(before)[0]?.text).toContain(outgoing.subject);
    expect(since(before)[0]?.text).toContain('応答してください');
  });

  test('what was accepted before is not sent again, also by a new worker', async () => {
    const outgoing = message(provider.channel, provider.address);
    const first = await send(outgoing);
    const before = provider.received().length;
    expect((await send(outgoing)).providerId).toBe(first.providerId);
    expect(since(before)).toHaveLength(0);
  });

  test('hostile text arrives as text', async () => {
    const before = provider.received().length;
    const hostile = 'a & b <!channel> <https://evil|click> </Say><Hangup/> "q" \\ $(id)';
    await send(message(provider.channel, provider.address, { subject: `x\r\nBcc: eve@example.com`, text: hostile }));
    expect(since(before)).toHaveLength(1);
    expect(since(before)[0]?.text).toContain(hostile);
  });

  test('a very long message is cut, not refused', async () => {
    const delivery = await send(message(provider.channel, provider.address, { text: '長い文。'.repeat(3000) }));
    expect(['accepted', 'delivered']).toContain(delivery.outcome);
  });

  test('nobody listens: said as unreachable, and sent when the provider is back', async () => {
    const outgoing = message(provider.channel, provider.address);
    const before = provider.received().length;
    await provider.behave('down');
    expect((await problem(outgoing)).kind).toBe('unreachable');
    await provider.behave('answer');
    await send(outgoing);
    expect(since(before)).toHaveLength(1);
  });

  test('429: said as busy, with the time to wait; then sent once', async () => {
    const outgoing = message(provider.channel, provider.address, { severity: 'P3' });
    const before = provider.received().length;
    await provider.behave('busy');
    const busy = await problem(outgoing);
    expect(busy.kind).toBe('busy');
    expect(busy.retryAfterMs).toBe(provider.tellsRetryAfter ? 7000 : undefined);
    await provider.behave('answer');
    await send(outgoing);
    expect(since(before)).toHaveLength(1);
  });

  test('500: said as busy', async () => {
    await provider.behave('broken');
    expect((await problem(message(provider.channel, provider.address))).kind).toBe('busy');
  });

  test.each(['slow', 'half'] as const)('%s answer: sent again only so that the receiver sees it once', async (behaviour) => {
    const outgoing = message(provider.channel, provider.address);
    const before = provider.received().length;
    await provider.behave(behaviour);
    expect((await problem(outgoing)).kind).toBe('noAnswer');
    expect(since(before)).toHaveLength(1);
    await provider.behave('answer');
    expect(['accepted', 'delivered']).toContain((await send(outgoing)).outcome);
    // A call can't be looked up and has no id to deduplicate by: a P1 is called a second time rather than not at all.
    if (name !== 'voice') expect(distinct(before)).toBe(1);
    expect(since(before)).toHaveLength(provider.canLookUp ? 1 : 2);
  });

  test('without an answer, a P3 message is never sent twice', async () => {
    const outgoing = message(provider.channel, provider.address, { severity: 'P3' });
    const before = provider.received().length;
    await provider.behave('slow');
    await problem(outgoing);
    await provider.behave('answer');
    const delivery = await send(outgoing);
    expect(since(before)).toHaveLength(1);
    if (!provider.canLookUp)
      expect(delivery).toMatchObject({ outcome: 'failed', why: expect.stringContaining('not sent twice') });
  });

  test('an attempt in doubt stays in doubt when the next one finds nobody', async () => {
    const outgoing = message(provider.channel, provider.address, { severity: 'P3' });
    const before = provider.received().length;
    await provider.behave('slow');
    await problem(outgoing);
    await provider.behave('down');
    await send(outgoing).catch(() => undefined);
    await provider.behave('answer');
    await send(outgoing);
    expect(since(before)).toHaveLength(1);
  });

  test('a refusal is an outcome, in the provider’s words, so that the next channel is tried at once', async () => {
    const before = provider.received().length;
    await provider.behave('refuse');
    const delivery = await send(message(provider.channel, provider.address));
    expect(delivery.outcome).toBe('failed');
    expect(delivery.why).toMatch(/archived|disabled|gone|unsubscribed|no such mailbox/);
    expect(since(before)).toHaveLength(0);
  });

  test('wrong credentials are an outcome that shows no secret', async () => {
    const wrong = Object.fromEntries(Object.keys(provider.secrets).map((key) => [key, 'd3adb33fd3adb33fd3adb33fd3adb33f']));
    const delivery = await send(message(provider.channel, provider.address), wrong);
    expect(delivery.outcome).toBe('failed');
    expect(JSON.stringify(delivery)).not.toContain('d3adb33f');
  });
});
