/** Where things are seen, and started, in the Temporal UI. */
import { exampleIdPrefix } from '../workflows/example.ts';

export interface Ui {
  /** The plan's `temporal.ui`. */
  readonly ui: string;
  readonly namespace: string;
}

/** @returns the address of a run's checklist; without a run id that of the newest run's first page. */
export function workflowLink(where: Ui, workflowId: string, runId?: string): string {
  const page = `${pages(where)}/${encodeURIComponent(workflowId)}`;
  return runId === undefined ? page : `${page}/${runId}/user-metadata`;
}

/** @returns the address of the list of the procedures that can be started from the UI, each as an example. */
export function examplesLink(where: Ui): string {
  return `${pages(where)}?query=${encodeURIComponent(`WorkflowId STARTS_WITH "${exampleIdPrefix}"`)}`;
}

function pages({ ui, namespace }: Ui): string {
  return `${ui.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows`;
}
