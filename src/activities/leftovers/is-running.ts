import { getClient } from '@temporalio/activity';
import type { WorkflowClient } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { IsRunning } from './find.ts';

/**
 * @returns what asks Temporal whether a run still works. One that Temporal does not know has ended longer ago than it keeps
 *   histories.
 */
export function askTemporal(client: WorkflowClient): IsRunning {
  return async ({ workflowId, runId }) => {
    if (workflowId === '' || runId === '') return false;
    try {
      return (await client.getHandle(workflowId, runId).describe()).status.name === 'RUNNING';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return false;
      throw error;
    }
  };
}

/** @returns the same, inside an activity. */
export function runOfTemporal(): IsRunning {
  return askTemporal(getClient().workflow);
}
