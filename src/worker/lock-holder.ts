import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/common';
import type { LockHolder } from '../workflows/lock.ts';

/** @returns who holds a lock, or null when nobody does any more. */
export async function lockHolder({ workflow }: Pick<Client, 'workflow'>, lock: string): Promise<LockHolder | null> {
  try {
    const { status, memo } = await workflow.getHandle(lock).describe();
    return status.name === 'RUNNING' ? ((memo?.holder as LockHolder | undefined) ?? null) : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
