import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import { milliseconds } from '../../plan/units.ts';
import type { WorkerContext } from '../context.ts';

/**
 * Asks for the address outside that is told that all is well. Its path is as good as a password, so no message has it.
 *
 * @returns what it answered; null if the plan has none. @throws KintsugiError CHANNEL_UNREACHABLE (retryable), SECRET_MISSING
 */
export async function pingOutside(context: WorkerContext, { plan }: { plan: Plan }): Promise<{ status: number | null }> {
  const { url: address, method, timeout } = plan.deadMansSwitch;
  if (address === undefined) return { status: null };
  const url = typeof address === 'string' ? address : await context.secret(address);
  const answer = await fetch(url, { method, signal: AbortSignal.timeout(milliseconds(timeout)) }).catch((error: Error) => {
    throw unreachable(url, error.cause instanceof Error ? error.cause.message : error.message);
  });
  await answer.body?.cancel();
  if (!answer.ok) throw unreachable(url, `it answered ${answer.status}`);
  return { status: answer.status };
}

function unreachable(url: string, why: string): KintsugiError {
  const host = URL.canParse(url) ? new URL(url).host : 'an address that is none';
  return new KintsugiError('CHANNEL_UNREACHABLE', `The dead man’s switch at ${host} was not told that all is well: ${why}.`, {
    state: 'It takes that for a failure and calls somebody, if it is set up so.',
    hints: ['deadMansSwitch.url of the plan'],
  });
}
