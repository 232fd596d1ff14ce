import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type { PlanInput } from '../../src/plan/schema.ts';
import type { DecisionInput, DecisionRecord, Progress, RestoreInput, RestoreResult } from '../../src/workflows/contract.ts';
import { type Rehearsal, rehearse } from './harness.ts';

const byName = (a: string, b: string) => a.localeCompare(b);

/** What a recovery may do before a person has approved: it only looks. Sorted: two run side by side, in any order. */
const looked = ['chooseBackup', 'clearLeftovers', 'findDependents', 'preflight'];
const confirmed = { requestedBy: 'Sato', reason: 'dropped by mistake', confirm: 'shop' } satisfies RestoreInput;

/** Each is given an incident that is not there: what an incident does meanwhile is tested apart, and days of its messages take long. */
const begin = (stack: Rehearsal, input: object) =>
  stack.clock.client.workflow.start('restoreDatabase', {
    taskQueue: stack.taskQueue,
    workflowId: `restore-${stack.taskQueue}`,
    args: [{ incident: 'elsewhere', ...input }],
  });
const resultOf = (run: WorkflowHandle) => run.result() as Promise<RestoreResult>;
const failureOf = async (answer: Promise<unknown>) => fromFailure(await answer.catch((error: unknown) => error));
const progressOf = (run: WorkflowHandle) => run.query<Progress>('progress');
const say = (run: WorkflowHandle, what: 'approve' | 'refuse', by: string, reason = 'checked') =>
  run.executeUpdate<string, [DecisionInput]>(what, { args: [{ by, reason }] });
const timersFired = async (run: WorkflowHandle) =>
  (await run.fetchHistory()).events?.filter((event) => event.timerFiredEventAttributes).length;
const planWith = (approvals: PlanInput['approvals']): Partial<PlanInput> => ({
  approvals: { remindEvery: '6h', lapseAfter: '30d', ...approvals },
});

/** Waits for the request. The clock must move for that, but by less than a reminder. */
async function asked(stack: Rehearsal, run: WorkflowHandle): Promise<Progress> {
  await stack.clock.sleep('1m');
  const progress = await progressOf(run);
  expect(progress.phase).toBe('waitingForApproval');
  return progress;
}

describe('a recovery that needs one approval', () => {
  test('waits for days, reminds every six hours, never approves itself, and goes on when a person has', async () => {
    const stack = await rehearse('days', planWith({ P1: 'one' }));
    await stack.run(async () => {
      const run = await begin(stack, { skip: ['freshBackup'] });
      await stack.clock.sleep('121h');
      expect((await progressOf(run)).phase).toBe('waitingForApproval');
      expect(await timersFired(run)).toBe(20);
      expect(stack.calls.toSorted(byName)).toEqual(looked);
      await say(run, 'approve', 'Sato');
      expect((await resultOf(run)).phase).toBe('completedWithSkippedSteps');
    });
  });

  test('takes that of who started it with the database’s name typed', async () => {
    const stack = await rehearse('starter', planWith({ P1: 'one' }));
    await stack.run(async () => {
      const { approvals } = await resultOf(await begin(stack, { ...confirmed, skip: ['freshBackup'] }));
      expect(approvals).toMatchObject([{ by: 'Sato', reason: 'dropped by mistake', approved: true }]);
    });
  });

  test('does not take that of who typed another name', async () => {
    const stack = await rehearse('mistyped', planWith({ P1: 'one' }));
    await stack.run(async () => {
      const error = await failureOf((await begin(stack, { ...confirmed, confirm: 'shops' })).result());
      expect(error.code).toBe('NOT_CONFIRMED');
      expect(stack.calls).not.toContain('stopServices');
    });
  });

  test('ends when a person refuses, with nothing touched, and the evidence knows who', async () => {
    const stack = await rehearse('refused', planWith({ P1: 'one' }));
    await stack.run(async () => {
      const run = await begin(stack, {});
      await asked(stack, run);
      await say(run, 'refuse', 'Tanaka', 'wrong database');
      const error = await failureOf(run.result());
      expect(error).toMatchObject({ code: 'REFUSED', state: 'Nothing was stopped or changed.' });
      expect(error.message).toContain('wrong database');
      expect(stack.calls.slice(0, looked.length).toSorted(byName)).toEqual(looked);
      expect(stack.calls.slice(looked.length)).toEqual(['removeJobs', 'writeReport']);
      expect(stack.input('writeReport')).toMatchObject({
        record: { phase: 'failed', approvals: [{ by: 'Tanaka', approved: false }], failure: { code: 'REFUSED' } },
      });
    });
  });

  test('needs a name and a reason', async () => {
    const stack = await rehearse('nameless', planWith({ P1: 'one' }));
    await stack.run(async () => {
      const run = await begin(stack, {});
      await asked(stack, run);
      expect((await failureOf(say(run, 'approve', ' '))).message).toContain('by: ');
      expect((await failureOf(say(run, 'approve', 'Sato', ''))).message).toContain('reason: ');
      expect((await progressOf(run)).phase).toBe('waitingForApproval');
      await run.terminate();
    });
  });
});

describe('a recovery that needs two approvals', () => {
  test('counts who started it once, whatever the spelling, and waits for another person', async () => {
    const stack = await rehearse('two', planWith({ P1: 'two' }));
    await stack.run(async () => {
      const run = await begin(stack, { ...confirmed, skip: ['freshBackup'] });
      expect((await asked(stack, run)).approvals).toHaveLength(1);
      expect((await failureOf(say(run, 'approve', ' SATO '))).message).toContain('another person is needed');
      await stack.clock.sleep('2 days');
      expect((await progressOf(run)).phase).toBe('waitingForApproval');
      expect(stack.calls.toSorted(byName)).toEqual(looked);
      await say(run, 'approve', 'Tanaka');
      expect((await resultOf(run)).approvals.map((answer) => answer.by)).toEqual(['Sato', 'Tanaka']);
      expect((stack.input('recordDecisions') as DecisionRecord).approvals).toHaveLength(2);
    });
  });

  test('an approval lapses when the others take too long: two are needed again', async () => {
    const stack = await rehearse('lapse', planWith({ P1: 'two', lapseAfter: '1h' }));
    await stack.run(async () => {
      const run = await begin(stack, { skip: ['freshBackup'] });
      await asked(stack, run);
      await say(run, 'approve', 'Tanaka');
      await stack.clock.sleep('61m');
      expect(await say(run, 'approve', 'Sato')).toBe('approved by Sato (1 of 2)');
      expect((await progressOf(run)).phase).toBe('waitingForApproval');
      expect(await say(run, 'approve', 'Tanaka')).toBe('approved by Sato, Tanaka (2 of 2)');
      expect((await resultOf(run)).phase).toBe('completedWithSkippedSteps');
    });
  });

  test('takes two different people where nobody typed the name', async () => {
    const stack = await rehearse('different', planWith({ P1: 'two' }));
    await stack.run(async () => {
      const run = await begin(stack, { skip: ['freshBackup'] });
      await asked(stack, run);
      await say(run, 'approve', 'Tanaka');
      expect((await failureOf(say(run, 'approve', 'tanaka'))).message).toContain('another person is needed');
      expect(stack.calls.toSorted(byName)).toEqual(looked);
      await say(run, 'approve', 'Sato');
      expect((await resultOf(run)).phase).toBe('completedWithSkippedSteps');
    });
  });
});

describe('where the plan says who may', () => {
  const people = {
    sato: { name: '佐藤', roles: ['primary-dba'] },
    ito: { name: 'Ito', roles: ['support-team'] },
  };
  const permissions = { start: ['primary-dba'], approve: ['primary-dba'] };

  test('somebody else may not approve, which stands in the history, and the one who may goes by either name', async () => {
    const stack = await rehearse('roles', { ...planWith({ P1: 'one' }), people, permissions });
    await stack.run(async () => {
      const run = await begin(stack, { skip: ['freshBackup'] });
      await asked(stack, run);
      const error = await failureOf(say(run, 'approve', 'Ito'));
      expect(error).toMatchObject({ code: 'DENIED', message: 'Ito has support-team; to approve it takes primary-dba.' });
      expect((await failureOf(say(run, 'approve', 'Mallory'))).message).toContain('is nobody of the plan');
      const { events } = await run.fetchHistory();
      const tried = events?.filter((event) => event.workflowExecutionUpdateCompletedEventAttributes?.outcome?.failure);
      expect(tried).toHaveLength(2);
      await say(run, 'approve', '佐藤');
      expect((await resultOf(run)).approvals.map(({ by }) => by)).toEqual(['佐藤']);
    });
  });

  test('somebody else may not start it', async () => {
    const stack = await rehearse('starters', { ...planWith({ P1: 'one' }), people, permissions });
    await stack.run(async () => {
      const error = await failureOf((await begin(stack, { ...confirmed, requestedBy: 'ito' })).result());
      expect(error).toMatchObject({ code: 'DENIED', state: 'Nothing was stopped or changed.' });
      expect(stack.calls).toEqual([]);
    });
  });
});

describe('a recovery that needs no approval', () => {
  test('asks nobody', async () => {
    const stack = await rehearse('none', planWith({ P1: 'none' }));
    await stack.run(async () => {
      const { approvals, phase } = await resultOf(await begin(stack, { skip: ['freshBackup'] }));
      expect({ approvals, phase }).toEqual({ approvals: [], phase: 'completedWithSkippedSteps' });
    });
  });

  test('asks for one all the same before it drops the old database first', async () => {
    const stack = await rehearse('dropfirst', planWith({ P1: 'none' }));
    await stack.run(async () => {
      const run = await begin(stack, { dropFirst: true, skip: ['freshBackup'] });
      await asked(stack, run);
      expect(stack.calls.toSorted(byName)).toEqual(looked);
      await say(run, 'approve', 'Sato');
      await resultOf(run);
      expect(stack.calls).toContain('dropLive');
    });
  });
});

test('an unknown field of the input fails at once and is named', async () => {
  const stack = await rehearse('unknown');
  await stack.run(async () => {
    const error = await failureOf((await begin(stack, { targetTime: 'yesterday' })).result());
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toContain('targetTime');
    expect(stack.input('readPlan')).toBeUndefined();
    expect(stack.calls).toEqual([]);
  });
});
