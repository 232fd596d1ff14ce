import { describe, expect, test } from 'vitest';
import { fromFailure } from '../../src/errors/failure.ts';
import type { PlanInput } from '../../src/plan/schema.ts';
import type { ChoiceInput, MigrationRecovered, ProcedureResult, Progress } from '../../src/workflows/contract.ts';
import { type Rehearsal, rehearse } from './harness.ts';

const plan: Partial<PlanInput> = {
  migrations: { service: 'backend' },
  code: { services: ['backend'] },
  approvals: { remindEvery: '6h' },
};

const begin = (stack: Rehearsal) =>
  stack.clock.client.workflow.start('recoverFailedMigration', {
    taskQueue: stack.taskQueue,
    workflowId: `migration-${stack.taskQueue}`,
    // An incident that is not there: what it does meanwhile is tested apart, and days of its messages take long.
    args: [{ requestedBy: 'Sato', confirm: 'shop', reason: 'test', incident: 'elsewhere' }],
  });
type Run = Awaited<ReturnType<typeof begin>>;
const progressOf = (run: Run) => run.query<Progress>('progress');
const choose = (run: Run, choice: string, by = 'Sato') =>
  run.executeUpdate<string, [ChoiceInput]>('proceed', { args: [{ choice, by, reason: 'test' }] });

describe('a failed migration that waits for a choice', () => {
  test('waits for days, with nothing stopped or changed, and goes on when a person has chosen', async () => {
    const stack = await rehearse('choice-days', plan);
    await stack.run(async () => {
      const run = await begin(stack);
      await stack.clock.sleep('4 days');
      const progress = await progressOf(run);
      expect(progress.choices).toEqual(['retry', 'rollBackCode', 'restore', 'stay']);
      expect(progress.message).toMatch(/What failed: 2: Error: no such column/);
      for (const act of ['stopServices', 'upgradeSchema', 'downgradeSchema', 'bringUp']) expect(stack.calls).not.toContain(act);
      expect(stack.calls).toContain('finishBackup');
      expect(await choose(run, 'retry')).toBe('goes on with retry, as Sato chose');
      const result = (await run.result()) as ProcedureResult & MigrationRecovered;
      expect(result).toMatchObject({
        phase: 'completed',
        choice: 'retry',
        revision: ['2'],
        backupBefore: '20261124T000000Z-0001',
      });
    });
  });

  test('a retry that fails asks again, and the services that were stopped run meanwhile', async () => {
    const stack = await rehearse('choice-again', plan);
    stack.fake('upgradeSchema', () => ({
      ok: false,
      current: ['1'],
      failed: { revision: '2', why: 'no' },
      blockedBy: [],
      command: [],
    }));
    await stack.run(async () => {
      const run = await begin(stack);
      await stack.clock.sleep('1m');
      await choose(run, 'retry');
      await stack.clock.sleep('1m');
      expect((await progressOf(run)).message).toMatch(/\*\*retry\*\* did not work: Migration 2 failed: no/);
      expect(stack.calls.lastIndexOf('startServices')).toBeGreaterThan(stack.calls.lastIndexOf('stopServices'));
      await choose(run, 'stay');
      expect(await run.result()).toMatchObject({ choice: 'stay', revision: ['1'] });
    });
  });

  test('who may not approve may not choose, and what is not offered is refused', async () => {
    const stack = await rehearse('choice-denied', {
      ...plan,
      people: { sato: { name: 'Sato', roles: ['primary-dba'] } },
      permissions: { approve: ['primary-dba'] },
    });
    await stack.run(async () => {
      const run = await begin(stack);
      await stack.clock.sleep('1m');
      const failed = async (update: Promise<unknown>) => fromFailure(await update.catch((error: unknown) => error)).code;
      expect(await failed(choose(run, 'stay', 'Nobody'))).toBe('DENIED');
      expect(await failed(choose(run, 'drop everything'))).toBe('INVALID_INPUT');
      expect((await progressOf(run)).choices).toContain('stay');
      await choose(run, 'stay');
      expect(await run.result()).toMatchObject({ choice: 'stay' });
    });
  });

  test('an unhealthy application after the upgrade is told, and a person chooses again', async () => {
    const stack = await rehearse('choice-unhealthy', plan);
    stack.failAt('checkHealth', 'HEALTH_FAILED');
    await stack.run(async () => {
      const run = await begin(stack);
      await stack.clock.sleep('1m');
      await choose(run, 'retry');
      await stack.clock.sleep('1m');
      expect((await progressOf(run)).message).toMatch(/\*\*retry\*\* did not work: checkHealth failed/);
      await run.cancel();
      expect(fromFailure(await run.result().catch((thrown: unknown) => thrown)).code).toBe('CANCELLED');
      expect((await progressOf(run)).message).toMatch(/The schema is at 2\. .*backup 20261124T000000Z-0001/);
    });
  });
});
