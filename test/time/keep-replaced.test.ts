import { expect, test } from 'vitest';
import type { RestoreResult } from '../../src/workflows/contract.ts';
import type { DropReplacedInput } from '../../src/workflows/drop-replaced-database.ts';
import { type Rehearsal, rehearse } from './harness.ts';

const confirmed = { requestedBy: 'Sato', reason: 'test', confirm: 'shop' };
const day = 24 * 60 * 60 * 1000;

/** Starts to keep a database for seven days from the clock's now. */
async function keep(stack: Rehearsal, name: string, madeByRun: string) {
  const until = new Date((await stack.clock.currentTimeMs()) + 7 * day).toISOString();
  return stack.clock.client.workflow.start('dropReplacedDatabase', {
    taskQueue: stack.taskQueue,
    workflowId: `keep-shop-${name}`,
    args: [{ name, until, database: 'shop', madeByRun } satisfies DropReplacedInput],
  });
}

test('a replaced database is kept until its time is over, and dropped then, by the run that replaced it', async () => {
  const stack = await rehearse('keep');
  await stack.run(async () => {
    const kept = await keep(stack, 'shop_replaced', 'run-1');
    await stack.clock.sleep('167h');
    expect(stack.calls).toEqual([]);
    await stack.clock.sleep('2h');
    expect(await kept.result()).toEqual({ dropped: true });
    expect(stack.calls).toEqual(['dropReplaced']);
    expect(stack.input('dropReplaced')).toMatchObject({ name: 'shop_replaced', database: 'shop', madeByRun: 'run-1' });
  });
});

test('one that was swapped back meanwhile is left alone when its time is over', async () => {
  const stack = await rehearse('left');
  await stack.run(async () => {
    const kept = await keep(stack, 'shop_replaced', 'run-1');
    await stack.clock.sleep('3 days');
    stack.fake('dropReplaced', () => ({ dropped: false }));
    expect(await kept.result()).toEqual({ dropped: false });
  });
});

test.each([
  ['restoreDatabase', { ...confirmed, skip: ['freshBackup'] }, 'shop_replaced'],
  ['undoRecovery', { ...confirmed, recovery: 'restore-shop' }, 'shop_undone'],
])('%s keeps what it replaced for as long as the plan says, from then on', async (procedure, input, name) => {
  const stack = await rehearse(`by-${procedure.toLowerCase()}`, { backups: { keepReplaced: '9d' } });
  await stack.run(async () => {
    const run = await stack.clock.client.workflow.start(procedure, {
      taskQueue: stack.taskQueue,
      workflowId: procedure,
      args: [input],
    });
    const began = await stack.clock.currentTimeMs();
    const { runId } = (await run.result()) as RestoreResult;
    const started = (await run.fetchHistory()).events?.flatMap(
      (event) => event.startChildWorkflowExecutionInitiatedEventAttributes ?? [],
    );
    const child = started?.find((attributes) => attributes.workflowType?.name === 'dropReplacedDatabase');
    const kept = JSON.parse(String(child?.input?.payloads?.[0]?.data)) as DropReplacedInput;
    expect(kept).toMatchObject({ name, database: 'shop', madeByRun: runId });
    // Its time is counted from the swap on, seconds after the start.
    expect(Math.round((Date.parse(kept.until) - began) / day)).toBe(9);
  });
});
