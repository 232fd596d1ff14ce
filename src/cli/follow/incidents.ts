import type { WorkflowHandle } from '@temporalio/client';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import type { Temporal } from '../temporal.ts';

/** @returns the open incidents of the stack, the newest first. */
export async function openIncidents(temporal: Temporal): Promise<WorkflowHandle[]> {
  const query = `ExecutionStatus = 'Running' AND TaskQueue = '${temporal.taskQueue}' AND WorkflowType = 'incident'`;
  const found: WorkflowHandle[] = [];
  for await (const { workflowId } of temporal.client.workflow.list({ query }))
    found.push(temporal.client.workflow.getHandle(workflowId));
  return found;
}

/**
 * @returns the incident of an id; without one, the newest that is open.
 * @throws KintsugiError NOT_FOUND
 */
export async function requireIncident(temporal: Temporal, plan: Plan, id?: string): Promise<WorkflowHandle> {
  if (id !== undefined) {
    const handle = temporal.client.workflow.getHandle(id);
    const described = await handle.describe().catch(() => null);
    if (described?.type === 'incident') return handle;
    throw new KintsugiError('NOT_FOUND', `There is no incident ${id}.`, {
      state: 'Nothing was changed.',
      hints: ['kintsugi incident list'],
    });
  }
  const [newest] = await openIncidents(temporal);
  if (newest !== undefined) return newest;
  throw new KintsugiError('NOT_FOUND', `No incident of ${plan.stack.project} is open.`, {
    state: 'Nothing was changed.',
    hints: ['kintsugi incident open --problem "…"'],
  });
}
