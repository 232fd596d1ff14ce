import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { MendResult } from '../../workflows/contract.ts';
import { removePartialFolder } from '../backups/partial.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { removeJob } from '../docker/job.ts';
import { startServices } from '../docker/services.ts';
import { openFenced } from '../postgres/fence.ts';
import { letWrite } from '../postgres/read-only.ts';
import { dropDatabase } from '../postgres/scratch.ts';
import { serverAccess, withClient } from '../postgres/server.ts';
import { removeServer } from '../scratch-server/remove.ts';
import { describeLeftover, describeMend, findLeftovers, type IsRunning, type Leftover } from './find.ts';
import { runOfTemporal } from './is-running.ts';
import { forgetServices } from './service-records.ts';

/**
 * Which leftovers to mend. `exceptServices`: a recovery that is about to stop services starts them at its end, so it leaves them.
 * `unlocked`: what can be removed without the lock of the stack, since nothing of production is touched by it.
 */
export type MendScope = 'all' | 'exceptServices' | 'unlocked';

const unlocked: readonly Leftover['kind'][] = ['jobs', 'scratchServer', 'decrypted'];

/**
 * Mends what ended runs left, under the lock of the stack: job containers removed, unfinished copies dropped, fences lifted,
 * services started. Found again on each attempt, so a retry goes on where the last one stopped. What a running procedure owns,
 * and replaced databases that are kept for undo, are never touched.
 *
 * @throws what Temporal's client throws when it cannot be known which runs have ended: then nothing was touched.
 */
export async function clearLeftovers(context: WorkerContext, input: StepInput & { scope: MendScope }): Promise<MendResult> {
  const isRunning = runOfTemporal();
  await untilStepsEnded(context, input, isRunning);
  const { leftovers, unseen } = await findLeftovers(context, input.plan, isRunning);
  const done: string[] = [];
  const left = [...unseen];
  for (const leftover of leftovers) {
    if (leftover.kind === 'services' && input.scope === 'exceptServices') continue;
    if (input.scope === 'unlocked' && !unlocked.includes(leftover.kind)) continue;
    heartbeat({ text: describeMend(leftover) });
    try {
      await mend(context, input, leftover);
      done.push(describeMend(leftover));
    } catch (error) {
      if (!(error instanceof KintsugiError)) throw error;
      left.push(`${describeLeftover(leftover)}: ${error.message}`);
    }
  }
  return { done, left };
}

/** A step of a terminated run may still be at work in this process: it hears of its end with its next heartbeat. */
async function untilStepsEnded(context: WorkerContext, input: StepInput, isRunning: IsRunning): Promise<void> {
  for (;;) {
    const others = context.atWork().filter(({ runId }) => runId !== input.runId);
    const ended = await Promise.all(others.map(async (run) => !(await isRunning(run))));
    const waitsFor = others.find((_run, at) => ended[at]);
    if (waitsFor === undefined) return;
    heartbeat({ text: `waits for the last step of ${waitsFor.workflowId}` });
    await delay(250, undefined, { signal: cancellationSignal() });
  }
}

async function mend(context: WorkerContext, input: StepInput, leftover: Leftover): Promise<void> {
  switch (leftover.kind) {
    case 'jobs':
      for (const name of leftover.names) await removeJob(context.docker, name);
      return;
    case 'scratchServer':
      return removeServer(context.docker, leftover.name);
    case 'decrypted':
      return rm(leftover.folder, { recursive: true, force: true });
    case 'partial':
      return removePartialFolder(leftover.folder);
    case 'scratch':
    case 'readOnly':
    case 'fence': {
      const access = await serverAccess(context, input);
      await withClient(access, access.maintenance, async (client) => {
        if (leftover.kind === 'scratch') await dropDatabase(client, leftover.database);
        else if (leftover.kind === 'readOnly') await letWrite(client, leftover.database, leftover.owner.runId);
        else await openFenced(client, leftover.database, leftover.owner.runId);
      });
      return;
    }
    case 'services':
      await startServices(context, { ...input, services: leftover.record.services });
      await forgetServices(context, [leftover.owner.runId]);
  }
}
