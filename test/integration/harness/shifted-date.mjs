// @ts-check
/**
 * Loaded with `node --import`: the process's clock is as far ahead as the file that KINTSUGI_TEST_CLOCK names says (`+3600`,
 * seconds), which libfaketime reads too. Workflows are not affected: their time is the Temporal server's.
 */
import { readFileSync } from 'node:fs';

const file = /** @type {string} */ (process.env.KINTSUGI_TEST_CLOCK);
const RealDate = Date;
const readAgainAfterMs = 20;
let readAt = Number.NEGATIVE_INFINITY;
let aheadMs = 0;

function now() {
  if (performance.now() - readAt > readAgainAfterMs) {
    aheadMs = 1000 * Number(readFileSync(file, 'utf8'));
    readAt = performance.now();
  }
  return RealDate.now() + aheadMs;
}

globalThis.Date = /** @type {DateConstructor} */ (
  new Proxy(RealDate, {
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
    construct: (target, args, newTarget) => Reflect.construct(target, args.length === 0 ? [now()] : args, newTarget),
  })
);
