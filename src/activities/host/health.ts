import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import { milliseconds } from '../../plan/units.ts';
import type { StepInput } from '../context.ts';

/**
 * Asks every health address of the plan until it answers as it should.
 *
 * @throws KintsugiError HEALTH_FAILED naming the address, the last answer and the deadline.
 */
export async function checkHealth(input: StepInput): Promise<{ summary: string }> {
  const said: string[] = [];
  for (const address of input.plan.health) {
    await awaitHealthy(address);
    said.push(`${address.name} ${address.status}`);
  }
  return { summary: said.join(', ') };
}

async function awaitHealthy(address: Plan['health'][number]): Promise<void> {
  const deadline = Date.now() + milliseconds(address.within);
  let last = 'no answer';
  for (;;) {
    last = await ask(address.url);
    if (last === String(address.status)) return;
    if (Date.now() > deadline) {
      throw new KintsugiError(
        'HEALTH_FAILED',
        `${address.url} does not answer ${address.status} within ${address.within}; the last answer: ${last}.`,
        {
          hints: [`curl -i ${address.url}`, 'kintsugi status'],
        },
      );
    }
    heartbeat({ text: `${address.name}: ${last}` });
    await delay(250, undefined, { signal: cancellationSignal() });
  }
}

async function ask(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(5000), redirect: 'manual' });
    await answer.body?.cancel();
    return String(answer.status);
  } catch (error) {
    const cause = (error as Error).cause;
    return cause instanceof Error ? cause.message : (error as Error).message;
  }
}
