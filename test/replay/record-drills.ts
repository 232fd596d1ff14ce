/** Records the histories of drills, as `record.ts` does those of procedures: with activities that only answer, so it needs no Docker. */
import { mkdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { rehearse } from '../time/harness.ts';
import { historyFolder, record } from './histories.ts';

const application = { drill: { application: { service: 'backend', port: 8000 } } };

/** @param name of its history. @param meddle prepares what happens to the drill, and may return what is done while it is held. */
function recorded(
  title: string,
  name: string,
  meddle: (stack: Awaited<ReturnType<typeof rehearse>>) => Promise<void> | null,
): void {
  test(title, async () => {
    mkdirSync(historyFolder, { recursive: true });
    const stack = await rehearse('recorded', application, 'real');
    const held = meddle(stack);
    await stack.run(async () => {
      const run = await stack.clock.client.workflow.start('monthlyDrill', {
        taskQueue: stack.taskQueue,
        workflowId: 'drill-recorded',
      });
      if (held !== null) await held.then(() => run.cancel());
      const result = run.result();
      if (name === 'drill-passed') await result;
      else await expect(result).rejects.toThrow();
      await record(name, run);
    });
  });
}

recorded('a drill that passed', 'drill-passed', () => null);
recorded('a drill whose copy was not as the backup promises', 'drill-failed', (stack) => {
  stack.failAt('verifyRestored', 'VERIFY_FAILED');
  return null;
});
recorded('a drill that was cancelled', 'drill-cancelled', (stack) => stack.holdAt('restoreBeside'));
