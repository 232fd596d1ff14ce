import { getClient } from '@temporalio/activity';
import { lockHolder } from '../../worker/lock-holder.ts';
import type { LockHolder } from '../../workflows/lock.ts';

/** @returns who holds a lock, or null when nobody does any more. */
export function describeLock(input: { lockId: string }): Promise<LockHolder | null> {
  return lockHolder(getClient(), input.lockId);
}
