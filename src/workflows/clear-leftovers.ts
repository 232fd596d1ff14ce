import { act } from './proxies.ts';
import type { Procedure } from './steps.ts';

/**
 * The step `clearLeftovers` of a procedure that holds the lock: unfinished copies, fences and job containers of terminated runs
 * go. Services that such a run stopped are left to `findDependents`, which takes them over: they start at this run's end.
 */
export async function clearLeftovers(
  procedure: Procedure,
  step: Omit<Parameters<typeof act.clearLeftovers>[0], 'scope'>,
): Promise<void> {
  await procedure.step('clearLeftovers', () => act.clearLeftovers({ ...step, scope: 'exceptServices' }), {
    note: ({ done, left }) => [...done, ...left.map((what) => `could not: ${what}`)].join('; ') || 'nothing was left',
  });
}
