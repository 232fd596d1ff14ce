import { getClient } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { LockHolder } from '../../workflows/lock.ts';

/** @returns who holds a lock, or null when nobody does any more. */
export async function describeLock(input: { lockId: string }): Promise<LockHolder | null> {
  try {
    const lock = await getClient().workflow.getHandle(input.lockId).describe();
    return lock.status.name === 'RUNNING' ? ((lock.memo?.holder as LockHolder | undefined) ?? null) : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
