import type { WorkflowHandle } from '@temporalio/client';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { type IncidentView, incidentQuery, openIncidentsQuery } from '../../incident/contract.ts';
import type { Plan } from '../../plan/schema.ts';
import type { Temporal } from '../temporal.ts';

/** @returns the open incidents of the stack, the newest first. */
export async function openIncidents(temporal: Temporal): Promise<WorkflowHandle[]> {
  const query = openIncidentsQuery(temporal.taskQueue);
  const found: WorkflowHandle[] = [];
  for await (const { workflowId } of temporal.client.workflow.list({ query }))
    found.push(temporal.client.workflow.getHandle(workflowId));
  return found;
}

/** What a person is told of in chat, and does not wait for much longer. */
const patienceMs = 5_000;

/** @returns what each of some incidents tells of itself; one that does not answer in time is left out. */
export async function viewsOf({ connection }: Temporal, handles: readonly WorkflowHandle[]): Promise<IncidentView[]> {
  const asked = handles.map((handle) =>
    connection.withDeadline(Date.now() + patienceMs, () => handle.query<IncidentView>(incidentQuery)).catch(() => null),
  );
  return (await Promise.all(asked)).filter((view) => view !== null);
}

/** @returns whether the problem of an incident is still there, as far as anybody said. */
export function isLive({ status }: Pick<IncidentView, 'status'>): boolean {
  return status !== 'resolved' && status !== 'closed';
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
