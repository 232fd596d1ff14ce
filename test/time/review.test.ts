/** A review of the plan nags until a person says that it is done. */
import { expect, test, vi } from 'vitest';
import type { IncidentView } from '../../src/incident/contract.ts';
import { rehearse } from './harness.ts';

test('a review comes back every week until it is completed, and then its incident is resolved', async () => {
  // The incident's own news would be due in the very instant of the reminder, and the skipping server strands a run that takes back a
  // timer then (temporalio/sdk-java#3088).
  const stack = await rehearse('review', { escalation: { P4: { updates: { responders: '6d' } } } });
  await stack.run(async () => {
    const { client } = stack.clock;
    const run = await client.workflow.start('reviewPlan', {
      taskQueue: stack.taskQueue,
      workflowId: 'review-1',
      args: [{ review: 'quarterly' }],
    });
    const incident = client.workflow.getHandle('incident-review-review-quarterly');
    const first = await vi.waitFor(() => incident.query<IncidentView>('incident'), 10_000);
    expect(first).toMatchObject({ severity: 'P4', problem: 'the quarterly review of the plan is due' });
    await stack.clock.sleep('15d');
    await expect(run.executeUpdate('complete', { args: [{ by: ' ', comment: 'x' }] })).rejects.toThrow();
    expect((await incident.query<IncidentView>('incident')).occurrences).toBe(3);
    await run.executeUpdate('complete', { args: [{ by: 'Sato', comment: 'contacts are right' }] });
    expect(await run.result()).toMatchObject({ review: 'quarterly', by: 'Sato', comment: 'contacts are right', reminders: 2 });
    await vi.waitFor(async () => {
      expect((await incident.query<IncidentView>('incident')).status).toBe('resolved');
    }, 10_000);
  });
});
