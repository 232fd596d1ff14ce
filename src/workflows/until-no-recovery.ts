import { patched, sleep, workflowInfo } from '@temporalio/workflow';
import { lockId } from './contract.ts';
import { look } from './proxies.ts';

// It is asked at once and then ever less often: a recovery may take hours, and each question costs history.
const first = 5_000;
const longest = 5 * 60_000;

/**
 * Waits while a recovery holds the stack's lock, unless this run is a part of it: a dump would take the disk's and the server's
 * time from it, and would be of a database that is about to be replaced.
 *
 * @param say is told what is waited for.
 * @returns whether this run is a part of the recovery that goes on.
 */
export async function untilNoRecovery(project: string, say: (what: string) => void): Promise<boolean> {
  // Backups that began before there was this question go on without it.
  if (!patched('no-backup-during-a-recovery')) return false;
  const { parent, root } = workflowInfo();
  return untilFree(lockId(project), new Set([parent?.workflowId, root?.workflowId]), say);
}

/**
 * Waits while somebody else holds a lock.
 *
 * @param own workflow ids that are not waited for.
 * @returns whether one of those holds it.
 */
export async function untilFree(id: string, own: ReadonlySet<string | undefined>, say: (what: string) => void): Promise<boolean> {
  for (let wait = first; ; wait = Math.min(2 * wait, longest)) {
    const holder = await look.describeLock({ lockId: id });
    if (holder === null) return false;
    if (own.has(holder.workflowId)) return true;
    say(`waits until ${holder.workflowId} (${holder.procedure}) has ended`);
    await sleep(wait, { summary: `waits for ${holder.procedure}` });
  }
}
