import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Channel } from '../../src/channels/channel.ts';
import { sendOnce } from '../../src/channels/send-once.ts';
import { sentRecord } from '../../src/channels/sent-record.ts';
import { message } from '../channels/message.ts';

test('an attempt that begins while the one before is still sending waits for it, and sends nothing', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'kintsugi-once-'));
  try {
    let sent = 0;
    let answer: () => void = () => undefined;
    const answered = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const channel: Channel = {
      async send() {
        sent += 1;
        await answered;
        return { providerId: `id-${sent}`, outcome: 'delivered', why: '' };
      },
    };
    const outgoing = message('webhook', 'ops');
    const attempt = () => sendOnce(channel, outgoing, sentRecord(folder), new AbortController().signal);
    const attempts = [attempt(), attempt()];
    await expect.poll(() => sent).toBe(1);
    attempts.push(attempt());
    answer();
    const ids = (await Promise.all(attempts)).map(({ providerId }) => providerId);
    expect(ids).toEqual(['id-1', 'id-1', 'id-1']);
    expect((await attempt()).providerId).toBe('id-1');
    expect(sent).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
