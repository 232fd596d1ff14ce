import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Seen } from '../facts.ts';

/** A person, or a monitor, waits for the answer: what hangs is told as such. */
const withinMs = 12_000;

/** @returns what a look found; what it throws, and that it does not end, becomes a fault. */
export async function seen<T>(look: () => Promise<T>): Promise<Seen<T>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${withinMs / 1000} s`)), withinMs);
  });
  try {
    return { is: await Promise.race([look(), late]) };
  } catch (error) {
    const fault = (error as Error).message.split('\n')[0] ?? '';
    return { fault, hint: error instanceof KintsugiError ? (error.hints[0] ?? null) : null };
  } finally {
    clearTimeout(timer);
  }
}
