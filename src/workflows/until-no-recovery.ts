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
 */
export async function untilNoRecovery(project: string, say: (what: string) => void): Promise<void> {
  // Backups that began before there was this question go on without it.
  if (!patched('no-backup-during-a-recovery')) return;
  const { parent, root } = workflowInfo();
  const own = new Set([parent?.workflowId, root?.workflowId]);
  for (let wait = first; ; wait = Math.min(2 * wait, longest)) {
    const holder = await look.describeLock({ lockId: lockId(project) });
    if (holder === null || own.has(holder.workflowId)) return;
    say(`waits until ${holder.workflowId} (${holder.procedure}) has ended`);
    await sleep(wait, { summary: `waits for ${holder.procedure}` });
  }
}
