import { expect, test, vi } from 'vitest';
import type { IncidentView } from '../../src/incident/contract.ts';
import { lockHolder } from '../../src/worker/lock-holder.ts';
import type { Progress } from '../../src/workflows/contract.ts';
import { type Rehearsal, rehearse } from './harness.ts';

const start = (stack: Rehearsal, type: string) =>
  stack.clock.client.workflow.start(type, { taskQueue: stack.taskQueue, workflowId: `${type}-1`, args: [{}] });
/** It reads the plan first: asked too early it says so. */
const incidentOf = (stack: Rehearsal, name: string, subject: string) =>
  vi.waitFor(() => stack.clock.client.workflow.getHandle(`incident-${name}-${subject}`).query<IncidentView>('incident'), 10_000);
const isThere = (stack: Rehearsal, name: string, subject: string) =>
  stack.clock.client.workflow
    .getHandle(`incident-${name}-${subject}`)
    .describe()
    .then(
      () => true,
      () => false,
    );

test('a scheduled backup waits for a recovery, and then serves what is due by then', async () => {
  const stack = await rehearse('waits');
  const holder = { workflowId: 'restore-waits', runId: 'r', procedure: 'restoreDatabase', by: '', since: '' };
  let asked = 0;
  stack.fake('describeLock', () => {
    asked += 1;
    return asked <= 6 ? holder : null;
  });
  await stack.run(async () => {
    const run = await start(stack, 'takeDueBackup');
    const began = await stack.clock.currentTimeMs();
    await run.result();
    expect((await stack.clock.currentTimeMs()) - began).toBeGreaterThan(5 * 60_000);
    expect(stack.calls[0]).toBe('describeLock');
    expect(stack.calls.slice(0, 6)).toEqual(Array.from({ length: 6 }, () => 'describeLock'));
    expect(stack.calls.indexOf('findDueTiers')).toBeGreaterThanOrEqual(7);
    expect(stack.input('finishBackup')).toMatchObject({ tiers: ['hourly', 'daily'], reason: 'scheduled: hourly, daily' });
    expect(await isThere(stack, 'waits', 'backups')).toBe(false);
  });
});

test('a second backup of a database waits for the first, whatever its id is', async () => {
  const stack = await rehearse('turns', {}, 'real');
  stack.fake('describeLock', ({ lockId }: { lockId: string }) => lockHolder(stack.clock.client, lockId));
  const dumps: string[] = [];
  let release: (() => void) | undefined;
  stack.fake('dumpDatabase', async ({ workflowId }: { workflowId: string }) => {
    dumps.push(workflowId);
    if (dumps.length === 1)
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    return { tables: 1 };
  });
  await stack.run(async () => {
    const { workflow } = stack.clock.client;
    const take = (workflowId: string) => workflow.start('takeBackup', { taskQueue: stack.taskQueue, workflowId, args: [{}] });
    const first = await take('of-the-ui');
    await vi.waitFor(() => expect(dumps).toEqual(['of-the-ui']), 10_000);
    const second = await take('another');
    await vi.waitFor(async () => {
      expect((await second.query<Progress>('progress')).message).toBe('waits until of-the-ui (takeBackup) has ended');
    }, 10_000);
    expect(dumps).toEqual(['of-the-ui']);
    release?.();
    await first.result();
    await second.result();
    expect(dumps).toEqual(['of-the-ui', 'another']);
  });
});

test('a scheduled backup that fails opens an incident, and fails', async () => {
  // The skipping server loses what is cancelled side by side: see rehearse.
  const stack = await rehearse('fails', {}, 'real');
  stack.failAt('dumpDatabase', 'DISK_TOO_SMALL');
  await stack.run(async () => {
    const run = await start(stack, 'takeDueBackup');
    await expect(run.result()).rejects.toThrow();
    expect(await incidentOf(stack, 'fails', 'backups')).toMatchObject({
      severity: 'P2',
      problem: 'the scheduled backup of shop failed: dumpDatabase failed.',
    });
  });
});

test('the address outside is told only when all is well', async () => {
  const stack = await rehearse('outside', { deadMansSwitch: { url: 'http://127.0.0.1:1/ping' } });
  await stack.run(async () => {
    expect(await (await start(stack, 'audit')).result()).toEqual({ problems: [], outside: 'told' });
    expect(stack.calls).toEqual(['lookAtAll', 'rememberAudit', 'pingOutside']);

    const finding = { subject: 'backups', severity: 'P3', problem: 'backups of shop late', past: false };
    stack.fake('lookAtAll', () => ({ findings: [finding], tell: [finding], recovered: [], record: {} }));
    expect(await (await start(stack, 'audit')).result()).toEqual({ problems: ['backups of shop late'], outside: 'not told' });
    expect(stack.calls.filter((call) => call === 'pingOutside')).toHaveLength(1);
    expect(await incidentOf(stack, 'outside', 'backups')).toMatchObject({ severity: 'P3', openedBy: 'audit' });

    stack.fake('lookAtAll', () => ({ findings: [], tell: [], recovered: ['backups'], record: {} }));
    await (await start(stack, 'audit')).result();
    expect(await incidentOf(stack, 'outside', 'backups')).toMatchObject({ status: 'resolved' });
  });
});

test('an address that does not answer is a problem of its own', async () => {
  const stack = await rehearse('deaf', { deadMansSwitch: { url: 'http://127.0.0.1:1/ping' } });
  stack.failAt('pingOutside', 'CHANNEL_UNREACHABLE');
  await stack.run(async () => {
    expect(await (await start(stack, 'audit')).result()).toMatchObject({ outside: 'not told' });
    expect(await incidentOf(stack, 'deaf', 'dead-mans-switch')).toMatchObject({ severity: 'P3' });
  });
});

test('gaps, deaf channels and a retention that may not delete open incidents', async () => {
  const stack = await rehearse('daily', {
    channels: { webhooks: { hub: { url: 'http://127.0.0.1:1/', secret: { env: 'S' } } } },
  });
  stack.fake('probeChannel', () => ({ ok: false, text: 'refused' }));
  stack.fake('pruneBackups', () => ({ frozen: ['the clock went back'], clockDoubted: true, decisions: [] }));
  await stack.run(async () => {
    const { gaps } = (await (await start(stack, 'lookAhead')).result()) as { gaps: string[] };
    expect(gaps[0]).toMatch(/^devops-lead: nobody from .* to .*/);
    expect(await isThere(stack, 'daily', 'on-call-gaps')).toBe(true);

    expect(await (await start(stack, 'tryChannels')).result()).toEqual({
      channels: [{ channel: 'webhook', ok: false, text: 'refused' }],
    });
    expect((await incidentOf(stack, 'daily', 'channels')).problem).toBe("messages can't leave: webhook: refused");

    expect(await (await start(stack, 'applyRetention')).result()).toMatchObject({ frozen: ['the clock went back'], deleted: [] });
    expect(stack.calls).toEqual(expect.arrayContaining(['checkNewest', 'pruneBackups']));
    expect((await incidentOf(stack, 'daily', 'retention')).problem).toBe('no old backup is deleted: the clock went back');
  });
});
