import { type IncidentView, incidentId, incidentQuery } from '../../incident/contract.ts';
import type { Temporal } from '../temporal.ts';
import { openIncidents } from './incidents.ts';

/** What a person is told of in chat, and does not wait for much longer. */
const patienceMs = 5_000;

/**
 * The incident that a recovery is for, where nobody named one: without it everybody would be called a second time for the same
 * problem. Only what people reported and what the watch saw is about the application as a whole; what schedules and
 * checks open is about something else.
 *
 * @returns the only one that is open; null if there is none, or more than one: then nobody but a person can tell.
 */
export async function incidentToJoin(temporal: Temporal, project: string): Promise<IncidentView | null> {
  const handles = (await openIncidents(temporal)).filter(({ workflowId }) => isAboutApplication(workflowId, project));
  const views = await Promise.all(
    handles.map((handle) =>
      temporal.connection
        .withDeadline(Date.now() + patienceMs, () => handle.query<IncidentView>(incidentQuery))
        .catch(() => null),
    ),
  );
  const open = views.filter((view) => view !== null && view.status !== 'resolved' && view.status !== 'closed');
  const [only = null, ...more] = open;
  return more.length === 0 ? only : null;
}

/** Exported for its test. */
export function isAboutApplication(workflowId: string, project: string): boolean {
  return ['reported-', 'watch-P1', 'watch-P2'].some((subject) => workflowId.startsWith(incidentId(project, subject)));
}
