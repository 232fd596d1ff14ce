import { ApplicationFailure } from '@temporalio/common';
import { expect, test, vi } from 'vitest';
import type { RecordInput } from '../../src/activities/verification/record.ts';
import type { ErrorCode } from '../../src/errors/table.ts';
import type { IncidentView } from '../../src/incident/contract.ts';
import type { VerifyBackupsResult } from '../../src/workflows/contract.ts';
import { type Rehearsal, rehearse } from './harness.ts';

async function verify(stack: Rehearsal): Promise<VerifyBackupsResult> {
  const { clock, taskQueue } = stack;
  const options = { taskQueue, workflowId: 'verify-1', args: [{}] };
  return (await clock.client.workflow.execute('verifyBackups', options)) as VerifyBackupsResult;
}

const incidentOf = (stack: Rehearsal, name: string, subject: string) =>
  vi.waitFor(() => stack.clock.client.workflow.getHandle(`incident-${name}-${subject}`).query<IncidentView>('incident'), 10_000);

/** Lets an activity fail for good, the first so many times. */
function failFirst(stack: Rehearsal, activity: 'restoreBeside' | 'startScratchServer', code: ErrorCode, times: number): void {
  let failed = 0;
  stack.fake(activity, () => {
    failed += 1;
    if (failed <= times) throw ApplicationFailure.create({ message: `${activity} failed.`, type: code, nonRetryable: true });
    return { container: 'server', rounds: 1 };
  });
}

const recorded = (stack: Rehearsal) => (stack.input('recordVerification') as RecordInput | undefined)?.result;

test('what is proven is kept with the backup, and the server is gone afterwards', async () => {
  const stack = await rehearse('proven');
  await stack.run(async () => {
    expect(await verify(stack)).toEqual({ backups: [{ id: 'b1', files: 'passed', restore: 'passed', why: null }], findings: [] });
    expect(recorded(stack)).toMatchObject({ means: 'restore', outcome: 'passed' });
    expect(stack.input('restoreBeside')).toMatchObject({ target: { container: 'server-1' } });
    expect(stack.calls.filter((call) => /^(stop|fence|swap|drop)/.test(call))).toEqual([]);
    expect(stack.calls.slice(stack.calls.indexOf('verifyRestored'))).toContain('removeScratchServers');
  });
});

test('a fault of the machine is met with a new server, and then it is proven', async () => {
  const stack = await rehearse('again');
  failFirst(stack, 'restoreBeside', 'SCRATCH_SERVER', 1);
  await stack.run(async () => {
    expect(await verify(stack)).toMatchObject({ backups: [{ restore: 'passed' }], findings: [] });
    expect(stack.input('startScratchServer')).toMatchObject({ round: 2 });
    expect(stack.calls.filter((call) => call === 'removeScratchServers')).toHaveLength(2);
  });
});

test('a fault of the machine that stays is said, and calls no backup bad', async () => {
  const stack = await rehearse('machine');
  failFirst(stack, 'startScratchServer', 'SCRATCH_SERVER', 99);
  await stack.run(async () => {
    expect(await verify(stack)).toMatchObject({
      backups: [{ id: 'b1', files: 'passed', restore: 'notDone', why: 'startScratchServer failed.' }],
      findings: [{ subject: 'backups-unproven', severity: 'P3' }],
    });
    expect(recorded(stack)).toBeUndefined();
    expect(await incidentOf(stack, 'machine', 'backups-unproven')).toMatchObject({ severity: 'P3', openedBy: 'verifyBackups' });
  });
});

test('a backup that stops the restore is bad at once', async () => {
  const stack = await rehearse('bad');
  failFirst(stack, 'restoreBeside', 'RESTORE_FAILED', 99);
  await stack.run(async () => {
    expect(await verify(stack)).toMatchObject({ backups: [{ restore: 'failed', why: 'restoreBeside failed.' }] });
    expect(recorded(stack)).toMatchObject({ means: 'restore', outcome: 'failed', code: 'RESTORE_FAILED' });
    expect(stack.calls.filter((call) => call === 'startScratchServer')).toHaveLength(1);
    expect(stack.calls.at(-1)).toBe('surveyBackups');
    expect(stack.calls).toContain('removeScratchServers');
  });
});

test('a restore waits for a recovery', async () => {
  const stack = await rehearse('later');
  let asked = 0;
  stack.fake('describeLock', () => {
    asked += 1;
    return asked <= 3 ? { workflowId: 'restore-later', runId: 'r', procedure: 'restoreDatabase', by: '', since: '' } : null;
  });
  await stack.run(async () => {
    expect(await verify(stack)).toMatchObject({ backups: [{ restore: 'passed' }] });
    expect(stack.calls.indexOf('startScratchServer')).toBeGreaterThan(stack.calls.lastIndexOf('describeLock'));
  });
});
