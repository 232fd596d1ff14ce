/** How a drill waits, is met with faults, and ends. That its steps do what they say is shown in test/integration/drill.test.ts. */
import { ApplicationFailure } from '@temporalio/common';
import { expect, test, vi } from 'vitest';
import type { DrillEnded } from '../../src/drills/record.ts';
import type { IncidentView } from '../../src/incident/contract.ts';
import type { DrillInput, DrillResult } from '../../src/workflows/drill-contract.ts';
import { type Rehearsal, rehearse } from './harness.ts';

const application = { drill: { application: { service: 'backend', port: 8000 } } };

const start = (stack: Rehearsal, input: DrillInput = {}, type = 'monthlyDrill') =>
  stack.clock.client.workflow.start(type, { taskQueue: stack.taskQueue, workflowId: type, args: [input] });
const incident = (stack: Rehearsal, name: string) => stack.clock.client.workflow.getHandle(`incident-${name}-drill`);
const ended = (stack: Rehearsal) => (stack.input('recordDrillEnd') as { ended: DrillEnded }).ended;
const isThere = (stack: Rehearsal, name: string) =>
  incident(stack, name)
    .describe()
    .then(
      () => true,
      () => false,
    );

test('a drill fixes its criteria before it starts anything, and removes all before it is judged', async () => {
  const stack = await rehearse('good', application);
  await stack.run(async () => {
    const result = (await (await start(stack)).result()) as DrillResult;
    expect(result).toMatchObject({ outcome: 'passed', phase: 'completed', drilled: [{ id: 'b1', outcome: 'passed' }] });
    expect(result.results.filter(({ met }) => met !== true)).toEqual([]);
    const order = ['prepareDrill', 'chooseBackup', 'startScratchServer', 'preflight', 'openBackup', 'restoreBeside'];
    const after = [
      'swap',
      'recordVerification',
      'tryApplication',
      'removeJobs',
      'removeScratchServers',
      'recordDrillEnd',
      'writeReport',
    ];
    expect(stack.calls.filter((call) => [...order, ...after].includes(call))).toEqual([...order, ...after]);
    // Nothing of production: no service, no fence.
    expect(stack.calls.filter((call) => /fence|Services|Fence|dropLive/.test(call))).toEqual([]);
    expect(stack.input('swap')).toMatchObject({ target: { container: 'server-1' } });
    expect(await isThere(stack, 'good')).toBe(false);
  });
});

test('a server that was lost with the engine is met with a new one', async () => {
  const stack = await rehearse('lost', {}, 'real');
  let lost = 0;
  stack.fake('verifyRestored', () => {
    lost += 1;
    if (lost === 1) throw ApplicationFailure.create({ message: 'gone', type: 'SCRATCH_SERVER', nonRetryable: true });
    return { summary: 'all equal', limited: false, comment: null };
  });
  await stack.run(async () => {
    expect(await (await start(stack)).result()).toMatchObject({ outcome: 'passed' });
    expect(stack.input('startScratchServer')).toMatchObject({ round: 2 });
    expect(stack.calls.filter((call) => call === 'removeScratchServers')).toHaveLength(2);
  });
});

test('what speaks against the backup is kept with it, and the drill fails with that', async () => {
  const stack = await rehearse('bad', {}, 'real');
  stack.failAt('verifyRestored', 'VERIFY_FAILED');
  await stack.run(async () => {
    const failed = (await start(stack)).result();
    await expect(failed).rejects.toThrow(expect.objectContaining({ cause: expect.objectContaining({ type: 'VERIFY_FAILED' }) }));
    expect(stack.input('recordVerification')).toMatchObject({ result: { means: 'restore', outcome: 'failed' } });
    expect(ended(stack)).toMatchObject({ outcome: 'failed', rtaMs: null, incident: 'incident-bad-drill' });
    const view = await vi.waitFor(() => incident(stack, 'bad').query<IncidentView>('incident'), 10_000);
    expect(view).toMatchObject({ severity: 'P2', openedBy: 'monthlyDrill' });
    expect(view.problem).toContain('verifyRestored failed');
    expect(stack.calls.at(-1)).toBe('writeReport');
  });
});

test('an application that does not work on the copy says nothing against the backup', async () => {
  const stack = await rehearse('sick', application, 'real');
  stack.failAt('tryApplication', 'HEALTH_FAILED');
  await stack.run(async () => {
    await expect((await start(stack)).result()).rejects.toThrow();
    expect(stack.input('recordVerification')).toMatchObject({ result: { outcome: 'passed' } });
    expect(ended(stack).results).toContainEqual(expect.objectContaining({ name: 'verify', met: true }));
    expect(ended(stack).results).toContainEqual(expect.objectContaining({ name: 'application', met: false }));
  });
});

test('one that the machine keeps from its beginning opens an incident, too', async () => {
  const stack = await rehearse('stuck', {}, 'real');
  stack.failAt('clearLeftovers', 'DISK_TOO_SMALL');
  await stack.run(async () => {
    await expect((await start(stack)).result()).rejects.toThrow();
    const view = await vi.waitFor(() => incident(stack, 'stuck').query<IncidentView>('incident'), 10_000);
    expect(view.problem).toBe('the drill of shop could not be held: clearLeftovers failed.');
    expect(stack.calls).not.toContain('recordDrillEnd');
  });
});

test('a cancelled one removes what it made, is on record as cancelled, and opens no incident', async () => {
  const stack = await rehearse('cancelled', {}, 'real');
  const begun = stack.holdAt('restoreBeside');
  await stack.run(async () => {
    const run = await start(stack);
    await begun;
    await run.cancel();
    await expect(run.result()).rejects.toThrow();
    expect(ended(stack)).toMatchObject({ outcome: 'cancelled', incident: null });
    expect(stack.calls).toEqual(expect.arrayContaining(['removeJobs', 'removeScratchServers', 'closeBackup', 'writeReport']));
    expect(await isThere(stack, 'cancelled')).toBe(false);
  });
});

test('one at a time: a person is refused, a schedule’s waits', async () => {
  const stack = await rehearse('turns', {}, 'real');
  const begun = stack.holdAt('restoreBeside');
  await stack.run(async () => {
    const first = await start(stack);
    await begun;
    const second = (await start(stack, {}, 'annualTest')).result();
    await expect(second).rejects.toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ type: 'ALREADY_RUNNING' }) }),
    );
    const waiting = await start(stack, { ifRunning: 'wait' }, 'annualTest');
    await vi.waitFor(async () => {
      const { message = '' } = await waiting.query<{ message?: string }>('progress');
      expect(message).toContain('waits: ');
    }, 10_000);
    stack.fake('restoreBeside', () => ({ rounds: 1 }));
    await first.cancel();
    await expect(first.result()).rejects.toThrow();
    expect(await waiting.result()).toMatchObject({ outcome: 'passed', procedure: 'annualTest' });
  });
});

test('it waits while a recovery runs, and that is not the time that it took', async () => {
  const stack = await rehearse('patient');
  const holder = { workflowId: 'restore-patient', runId: 'r', procedure: 'restoreDatabase', by: '', since: '' };
  let asked = 0;
  stack.fake('describeLock', () => {
    asked += 1;
    return asked <= 6 ? holder : null;
  });
  await stack.run(async () => {
    const began = await stack.clock.currentTimeMs();
    const result = (await (await start(stack)).result()) as DrillResult;
    expect((await stack.clock.currentTimeMs()) - began).toBeGreaterThan(5 * 60_000);
    expect(result.rtaMs).toBeLessThan(5 * 60_000);
    expect(stack.calls.indexOf('prepareDrill')).toBeGreaterThan(stack.calls.lastIndexOf('describeLock'));
  });
});
