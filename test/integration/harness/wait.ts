import { setTimeout as delay } from 'node:timers/promises';

/** Waits until something is so, by looking often; a bound keeps a broken test from hanging, it is not what is tested. */
export async function until(what: string, look: () => Promise<boolean>, boundMs = 120_000): Promise<void> {
  const end = Date.now() + boundMs;
  while (!(await look())) {
    if (Date.now() > end) throw new Error(`gave up waiting until ${what}`);
    await delay(100);
  }
}
