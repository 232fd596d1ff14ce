/**
 * Marks what a procedure logs and does with its incident, so that a line of the worker's log can be told to belong to it: the log lines
 * of the workflow itself, and by a header those of its activities. A module of the workflow bundle's interceptors; each workflow has a copy of its own.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import { type WorkflowInterceptorsFactory, workflowInfo } from '@temporalio/workflow';
import { incidentHeader } from './incident-header.ts';

let incident: string | undefined;

/** From now on this workflow works for an incident. @param id workflow id of the incident. */
export function markIncident(id: string): void {
  incident = id;
}

/** An incident works for itself. */
function current(): string | undefined {
  const { workflowType, workflowId } = workflowInfo();
  return workflowType === 'incident' ? workflowId : incident;
}

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      getLogAttributes(input, next) {
        const id = current();
        return next(id === undefined ? input : { ...input, incident: id });
      },
      scheduleActivity(input, next) {
        const id = current();
        if (id === undefined) return next(input);
        return next({ ...input, headers: { ...input.headers, [incidentHeader]: defaultPayloadConverter.toPayload(id) } });
      },
    },
  ],
});
