/** The incident as a workflow, on a clock that jumps over waiting: what its rules are is tested in test/unit/incident. */
import type { WorkflowHandle } from '@temporalio/client';
import { describe, expect, test } from 'vitest';
import type { SendInput } from '../../src/activities/channels/send-message.ts';
import { fromFailure } from '../../src/errors/failure.ts';
import type { IncidentView } from '../../src/incident/contract.ts';
import type { PlanInput } from '../../src/plan/schema.ts';
import { until } from '../integration/harness/wait.ts';
import { type Rehearsal, rehearse } from './harness.ts';

const plan: Partial<PlanInput> = {
  people: {
    sato: { name: 'Sato', roles: ['primary-dba'], reach: [{ webhook: 'ops' }] },
    suzuki: { name: 'Suzuki', roles: ['secondary-dba'], reach: [{ webhook: 'ops' }] },
  },
  channels: { webhooks: { ops: { url: 'http://127.0.0.1:1/', secret: { env: 'SECRET' } } } },
  escalation: { P1: { updates: { responders: '30d', everyone: '30d' } } },
};

const open = (stack: Rehearsal, input: unknown, id = 'incident-one') =>
  stack.clock.client.workflow.start('incident', {
    taskQueue: stack.taskQueue,
    workflowId: id,
    args: input === undefined ? [] : [input],
  });
const viewOf = (run: WorkflowHandle) => run.query<IncidentView>('incident');
const say = (run: WorkflowHandle, what: string, input: object) => run.executeUpdate<string, [object]>(what, { args: [input] });
const failureOf = async (answer: Promise<unknown>) => fromFailure(await answer.catch((error: unknown) => error));
/** Waits until it has read its plan and called somebody. */
async function begun(stack: Rehearsal, run: WorkflowHandle): Promise<void> {
  await until('the incident has begun', async () => {
    await stack.clock.sleep('100ms');
    return viewOf(run).then(
      ({ round }) => round > 0,
      () => false,
    );
  });
}
const sato = { by: 'Sato', reason: 'on it' };

/** Writes down what is sent, by level, round, recipient and channel. */
function listen(stack: Rehearsal) {
  const heard: string[] = [];
  stack.fake('sendMessage', ({ message }: SendInput) => {
    heard.push(message.key.split('/').slice(2).join('/'));
    return {
      key: message.key,
      recipient: message.recipient.id,
      channel: message.channel,
      address: message.address,
      providerId: null,
      outcome: 'accepted',
      why: '',
      at: new Date().toISOString(),
    };
  });
  return { keys: () => heard };
}

test('nobody answers for a day: it calls every quarter of an hour, no key twice, until somebody answers', async () => {
  const stack = await rehearse('day', plan);
  const { keys } = listen(stack);
  await stack.run(async () => {
    const run = await open(stack, { problem: 'shop is missing', rto: '7d' });
    await stack.clock.sleep('1441m');
    const view = await viewOf(run);
    expect(view.status).toBe('triggered');
    const calls = view.timeline.filter(({ what }) => what.startsWith('calls '));
    const times = calls.map(({ at }) => Date.parse(at));
    // Instants of the clock that jumps: a quarter of an hour from each to the next.
    expect(times.slice(1).map((at, index) => Math.round((at - (times[index] ?? 0)) / 60_000))).toEqual(
      calls.slice(1).map(() => 15),
    );
    expect(view.round).toBe(97);
    expect(new Set(keys()).size).toBe(keys().length);
    await say(run, 'acknowledge', sato);
    await stack.clock.sleep('30m');
    expect(await viewOf(run)).toMatchObject({ status: 'acknowledged', round: 97 });
    await run.terminate();
  });
}, 60_000);

test('from the notification to the closed incident: acknowledged, mitigated, resolved, explained', async () => {
  const stack = await rehearse('whole', plan);
  const { keys } = listen(stack);
  await stack.run(async () => {
    const run = await open(stack, { problem: 'shop is missing' });
    await stack.clock.sleep('1m');
    expect(await say(run, 'acknowledge', sato)).toContain('Sato has it');
    expect(await say(run, 'mitigate', { by: 'Sato', reason: 'a copy serves' })).toContain('mitigated');
    expect(await say(run, 'resolve', { by: 'Sato', reason: 'restored' })).toContain('announced in 2m');
    await stack.clock.sleep('3m');
    const prevention = [{ what: 'own user for scripts', who: 'Suzuki', until: '2027-01-31' }];
    await say(run, 'explain', { by: 'Sato', rootCause: 'a script', prevention });
    const view = (await run.result()) as IncidentView;
    expect(view).toMatchObject({ status: 'closed', cause: { rootCause: 'a script' }, responder: { person: 'sato' } });
    expect(keys().filter((key) => key.startsWith('resolutionUpdate'))).toHaveLength(2);
    expect(keys().filter((key) => key.startsWith('postIncidentReport'))).toHaveLength(2);
  });
});

describe('what it is started with', () => {
  test('nothing at all works, as from the Temporal UI', async () => {
    const stack = await rehearse('empty', plan);
    await stack.run(async () => {
      for (const [id, input] of [
        ['a', undefined],
        ['b', null],
        ['c', {}],
      ] as const) {
        const run = await open(stack, input, id);
        await begun(stack, run);
        expect(await viewOf(run)).toMatchObject({ severity: 'P1', status: 'triggered', problem: 'Something is wrong' });
        await run.terminate();
      }
    });
  });

  test('a wrong input fails at once and names the field', async () => {
    const stack = await rehearse('wrong', plan);
    await stack.run(async () => {
      const wrong = [
        [{ severity: 'P9' }, 'severity'],
        [{ serverity: 'P1' }, 'serverity'],
        [{ rto: 'soon' }, 'rto'],
        [{ since: 'yesterday' }, 'since'],
        [{ resume: { status: 'closed' } }, 'resume'],
        ['P1', 'input'],
      ] as const;
      for (const [at, [input, field]] of wrong.entries()) {
        const error = await failureOf((await open(stack, input, `wrong-${at}`)).result());
        expect(error.code).toBe('INVALID_INPUT');
        expect(error.message).toContain(field);
      }
      expect(stack.input('readPlan')).toBeUndefined();
    });
  });
});

test('an update that is wrong is refused before it is in the history, and names the field', async () => {
  const stack = await rehearse('updates', plan);
  await stack.run(async () => {
    const run = await open(stack, {});
    await begun(stack, run);
    const cases = [
      ['acknowledge', { by: ' ', reason: 'x' }, 'by'],
      ['acknowledge', { by: 'Sato' }, 'reason'],
      ['snooze', { ...sato, for: 'a while' }, 'for'],
      ['setSeverity', { ...sato, severity: 'P0' }, 'severity'],
      ['handOver', sato, 'to'],
      ['explain', { by: 'Sato', rootCause: 'x', prevention: [] }, 'prevention'],
    ] as const;
    for (const [update, input, field] of cases)
      expect((await failureOf(say(run, update, input))).message).toMatch(new RegExp(`: ${field}(:| is missing)`));
    expect(
      (
        await failureOf(
          say(run, 'explain', { by: 'Sato', rootCause: 'x', prevention: [{ what: 'y', who: 'z', until: '2027-01-31' }] }),
        )
      ).code,
    ).toBe('REFUSED');
    expect((await viewOf(run)).status).toBe('triggered');
    await run.terminate();
  });
});

test('who may not, is told so and stands in the timeline', async () => {
  const stack = await rehearse('denied', { ...plan, permissions: { acknowledge: ['primary-dba'], close: ['primary-dba'] } });
  await stack.run(async () => {
    const run = await open(stack, {});
    await begun(stack, run);
    expect(await failureOf(say(run, 'acknowledge', { by: 'Suzuki', reason: 'x' }))).toMatchObject({
      code: 'DENIED',
      message: 'Suzuki has secondary-dba; to acknowledge it takes primary-dba.',
    });
    expect((await failureOf(say(run, 'close', { by: 'Mallory', reason: 'x' }))).message).toContain('nobody of the plan');
    const { status, timeline } = await viewOf(run);
    expect(status).toBe('triggered');
    expect(timeline.map(({ who, what }) => `${who}: ${what}`)).toEqual(
      expect.arrayContaining(['Suzuki: denied: acknowledge', 'Mallory: denied: close']),
    );
    await run.terminate();
  });
});

test('a signal that nobody can read is noted, and ends nothing', async () => {
  const stack = await rehearse('signals', plan);
  await stack.run(async () => {
    const run = await open(stack, {});
    await begun(stack, run);
    await run.signal('occurrence', { severity: 'P9' });
    await run.signal('recovery', {});
    await run.signal('recovered', 'what?');
    await run.executeUpdate('acknowledge', { args: [sato] });
    await stack.clock.sleep('1s');
    const { status, timeline } = await viewOf(run);
    expect(status).toBe('acknowledged');
    expect(timeline.filter(({ what }) => what.endsWith('could not be read and is ignored'))).toHaveLength(3);
    await run.terminate();
  });
});

test('a denied approval of a recovery stands in its incident', async () => {
  const people = {
    ...plan.people,
    ito: { name: 'Ito', roles: ['support-team'], reach: [{ webhook: 'ops' }] },
  };
  const stack = await rehearse('approve', {
    ...plan,
    people,
    approvals: { P1: 'one', remindEvery: '30d' },
    permissions: { approve: ['primary-dba'] },
  });
  const { keys } = listen(stack);
  await stack.run(async () => {
    const restore = await stack.clock.client.workflow.start('restoreDatabase', {
      taskQueue: stack.taskQueue,
      workflowId: 'restore-approve',
      args: [{ skip: ['freshBackup'] }],
    });
    await stack.clock.sleep('1m');
    expect((await failureOf(restore.executeUpdate('approve', { args: [{ by: 'Ito', reason: 'x' }] }))).code).toBe('DENIED');
    await stack.clock.sleep('1s');
    const run = stack.clock.client.workflow.getHandle('incident-approve-restoreDatabase-shop');
    const { timeline } = await viewOf(run);
    expect(timeline.map(({ who, what }) => `${who}: ${what}`)).toContain('Ito: denied: approve restore-approve');
    // Only Sato may approve, so only Sato is asked.
    expect(keys().filter((key) => key.startsWith('approval-'))).toEqual(['approval-restore-approve/1/sato/webhook']);
    await restore.executeUpdate('approve', { args: [{ by: 'Sato', reason: 'checked' }] });
    await restore.result();
    await stack.clock.sleep('1s');
    expect((await viewOf(run)).status).toBe('resolved');
    await run.terminate();
  });
});

test('two incidents at once: one is acknowledged, the other goes on calling', async () => {
  const stack = await rehearse('both', plan);
  await stack.run(async () => {
    const one = await open(stack, {}, 'one');
    const other = await open(stack, {}, 'other');
    await stack.clock.sleep('1m');
    await say(one, 'acknowledge', sato);
    await stack.clock.sleep('16m');
    expect(await viewOf(one)).toMatchObject({ status: 'acknowledged', round: 1 });
    expect(await viewOf(other)).toMatchObject({ status: 'triggered', round: 2 });
    await one.terminate();
    await other.terminate();
  });
});
