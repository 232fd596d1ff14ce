import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/diagnosis/diagnose.ts';
import { fromFailure, toFailure } from '../../src/errors/failure.ts';
import { KintsugiError } from '../../src/errors/kintsugi-error.ts';
import { incidentId, incidentQuery } from '../../src/incident/contract.ts';
import { lockId, type Progress, type ServicesResult } from '../../src/workflows/contract.ts';
import { plan, well } from '../unit/diagnosis/scene.ts';
import { type Rehearsal, rehearse } from './harness.ts';

const confirmed = { requestedBy: 'Sato', reason: 'test', confirm: 'shop' };

function start(
  stack: Rehearsal,
  workflowType: string,
  input: object = confirmed,
  workflowId = `${workflowType}-${stack.taskQueue}`,
) {
  return stack.clock.client.workflow.start(workflowType, { taskQueue: stack.taskQueue, workflowId, args: [input] });
}

const lost = () => toFailure(new KintsugiError('DOCKER_UNREACHABLE', 'The Docker Engine does not answer (ECONNREFUSED).'));
const left = { service: 'frontend', why: 'shop-frontend-1 keeps crashing', lastWords: ['no configuration'] };

describe('a cascading failure', () => {
  test('an empty input waits for a person before anything is freed, restarted or started', async () => {
    const stack = await rehearse('cascade-waits');
    await stack.run(async () => {
      const run = await start(stack, 'recoverFromCascadingFailure', {});
      await expect
        .poll(async () => (await run.query<Progress>('progress')).phase, { timeout: 30_000 })
        .toBe('waitingForApproval');
      expect(stack.calls).toEqual(['surveyStack', 'planFreeDisk']);
      const second = await start(stack, 'restartService', {}, 'another');
      const refused = fromFailure(await second.result().catch((thrown: unknown) => thrown));
      expect(refused.code).toBe('ALREADY_RUNNING');
      await run.executeUpdate('approve', { args: [{ by: 'Tanaka', reason: 'go' }] });
      expect(await run.result()).toMatchObject({ phase: 'completed', left: [] });
      expect(stack.calls.slice(2)).toEqual([
        'describeLock',
        'freeDisk',
        'mendNetworks',
        'startStack',
        'clearLeftovers',
        'startStack',
        'clearLeftovers',
        'checkHealth',
        'writeReport',
      ]);
    });
  });

  test('in plan mode it only looks', async () => {
    const stack = await rehearse('cascade-plans');
    await stack.run(async () => {
      const run = await start(stack, 'recoverFromCascadingFailure', { mode: 'plan' });
      const { steps } = (await run.result()) as ServicesResult;
      expect(stack.calls).toEqual(['surveyStack', 'planFreeDisk']);
      expect(steps.find(({ name }) => name === 'startServices')?.note).toBe(
        'would start frontend, each when what it needs is healthy',
      );
    });
  });

  test('Docker that dies is brought back and the step done again', async () => {
    const stack = await rehearse('cascade-docker');
    let deaths = 2;
    stack.fake('startStack', () => {
      if (deaths-- > 0) throw lost();
      return { started: [], up: 5, left: [], crashRecovery: null, summary: 'up' };
    });
    await stack.run(async () => {
      const run = await start(stack, 'recoverFromCascadingFailure');
      expect(await run.result()).toMatchObject({ phase: 'completed' });
      const steps = stack.calls.filter((call) => call === 'startStack' || call === 'restartDocker');
      const once = ['startStack', 'restartDocker'];
      expect(steps).toEqual([...once, ...once, 'startStack', 'startStack']);
    });
  });

  test('Docker that dies a third time is a person’s to look at, and what runs goes on running', async () => {
    const stack = await rehearse('cascade-dead');
    stack.fake('startStack', () => {
      throw lost();
    });
    await stack.run(async () => {
      const run = await start(stack, 'recoverFromCascadingFailure');
      const error = fromFailure(await run.result().catch((thrown: unknown) => thrown));
      expect(error.code).toBe('DOCKER_UNREACHABLE');
      expect(error.state).toMatch(/^What runs goes on running/);
      expect(stack.calls.filter((call) => call === 'startStack')).toHaveLength(3);
    });
  });

  test('what is left keeps the incident open', async () => {
    const stack = await rehearse('cascade-left');
    stack.fake('startStack', () => ({ started: [], up: 4, left: [left], crashRecovery: null, summary: 'up' }));
    stack.failAt('checkHealth', 'HEALTH_FAILED');
    await stack.run(async () => {
      const run = await start(stack, 'recoverFromCascadingFailure');
      expect(await run.result()).toMatchObject({
        phase: 'completedWithSkippedSteps',
        message: expect.stringContaining('Not up: frontend'),
        skipped: ['health'],
      });
      const id = incidentId('cascade-left', 'recoverFromCascadingFailure-shop');
      const incident = await stack.clock.client.workflow.getHandle(id).query<{ status: string }>(incidentQuery);
      expect(incident.status).toBe('triggered');
    });
  });
});

describe('a look at the stack', () => {
  const missing = () => diagnose(well({ database: { ...well().database, databases: ['postgres'], open: null } }), plan);
  const fine = () => diagnose(well(), plan);

  test('what is wrong twice opens an incident that names the procedure', async () => {
    const stack = await rehearse('watch-wrong');
    stack.fake('diagnoseStack', missing);
    await stack.run(async () => {
      const result = await (await start(stack, 'watchStack', {})).result();
      const id = incidentId('watch-wrong', 'watch-P1');
      expect(result).toMatchObject({ state: 'wrong', incident: id });
      // Its first answer comes when it has read the plan.
      const ask = () => stack.clock.client.workflow.getHandle(id).query<{ problem: string; impact: string }>(incidentQuery);
      await expect.poll(async () => (await ask().catch(() => null)) !== null, { timeout: 30_000 }).toBe(true);
      const incident = await ask();
      expect(incident.problem).toContain('the database was dropped');
      expect(incident.impact).toContain('To start: kintsugi recover restore');
    });
  });

  test('what is over at the second look opens none', async () => {
    const stack = await rehearse('watch-over');
    let looks = 0;
    stack.fake('diagnoseStack', () => (looks++ === 0 ? missing() : fine()));
    await stack.run(async () => {
      expect(await (await start(stack, 'watchStack', {})).result()).toMatchObject({ state: 'well', incident: null });
      expect(looks).toBe(2);
    });
  });

  test('a recovery that is at work is left alone', async () => {
    const stack = await rehearse('watch-busy');
    stack.fake('describeLock', () => ({ workflowId: lockId('watch-busy') }));
    await stack.run(async () => {
      expect(await (await start(stack, 'watchStack', {})).result()).toMatchObject({ state: 'busy' });
      expect(stack.calls).toEqual(['describeLock']);
    });
  });
});
