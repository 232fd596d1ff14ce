import type { Plan } from '../plan/schema.ts';
import type { StatusFacts } from './render/status.ts';

/** @returns how each health address of the plan answers now; one look each, so that a person gets an answer at once. */
export async function askHealth(plan: Plan): Promise<StatusFacts['health']> {
  return Promise.all(
    plan.health.map(async ({ name, url, status }) => {
      const answer = await ask(url);
      return { name, url, ok: answer === String(status), answer };
    }),
  );
}

async function ask(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(3_000), redirect: 'manual' });
    await answer.body?.cancel();
    return String(answer.status);
  } catch (error) {
    const { cause } = error as Error;
    const reason = cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : (error as Error).message;
    return `no answer (${reason})`;
  }
}
