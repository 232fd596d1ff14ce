import { type IncidentView, incidentId } from '../../incident/contract.ts';
import type { Temporal } from '../temporal.ts';
import { isLive, openIncidents, viewsOf } from './incidents.ts';

/**
 * The incident that a recovery is for, where nobody named one: without it everybody would be called a second time for the same
 * problem. Only what people reported and what the watch saw is about the application as a whole; what schedules and
 * checks open is about something else.
 *
 * @returns the only one that is open; null if there is none, or more than one: then nobody but a person can tell.
 */
export async function incidentToJoin(temporal: Temporal, project: string): Promise<IncidentView | null> {
  const handles = (await openIncidents(temporal)).filter(({ workflowId }) => isAboutApplication(workflowId, project));
  const open = (await viewsOf(temporal, handles)).filter(isLive);
  const [only = null, ...more] = open;
  return more.length === 0 ? only : null;
}

/** Exported for its test. */
export function isAboutApplication(workflowId: string, project: string): boolean {
  return ['reported-', 'watch-P1', 'watch-P2'].some((subject) => workflowId.startsWith(incidentId(project, subject)));
}
