import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  defineQuery,
  ParentClosePolicy,
  setHandler,
  startChild,
  workflowInfo,
} from '@temporalio/workflow';
import { lockId } from './contract.ts';
import { failure } from './failure.ts';
import { look } from './proxies.ts';

/** Who holds a lock; it is the lock workflow's only argument and its memo. */
export interface LockHolder {
  readonly workflowId: string;
  readonly runId: string;
  readonly procedure: string;
  readonly by: string;
  readonly since: string;
}

/**
 * The lock on a stack's database server: a child workflow with a fixed id that does nothing. Workflow ids of procedures cannot be
 * the lock, since schedules and users of the UI choose others. It goes with its parent, however that ends.
 */
export async function databaseLock(holder: LockHolder): Promise<void> {
  setHandler(defineQuery<LockHolder>('holder'), () => holder, { description: 'Who holds the lock' });
  await condition(() => false);
}

/**
 * Takes the lock on a stack, or another lock of it.
 *
 * @param id of the lock. @throws a failure ALREADY_RUNNING that names the procedure that holds it.
 */
export async function takeLock(project: string, procedure: string, by: string, id = lockId(project)): Promise<void> {
  const { workflowId, runId } = workflowInfo();
  const holder: LockHolder = { workflowId, runId, procedure, by, since: new Date().toISOString() };
  try {
    // A cancelled procedure still cleans up: it holds the lock until it has ended.
    await CancellationScope.nonCancellable(() =>
      startChild(databaseLock, {
        workflowId: id,
        args: [holder],
        memo: { holder },
        parentClosePolicy: ParentClosePolicy.TERMINATE,
        staticSummary: `Held by ${workflowId}`,
      }),
    );
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    const running = await look.describeLock({ lockId: id });
    throw failure('ALREADY_RUNNING', `Another procedure works on ${project}: ${describe(running)}.`, {
      state: 'This one did nothing.',
      hints: running === null ? ['try again'] : [`kintsugi watch ${running.workflowId}`, `kintsugi cancel ${running.workflowId}`],
    });
  }
}

function describe(holder: LockHolder | null): string {
  return holder === null
    ? 'it ended just now'
    : `${holder.workflowId} (${holder.procedure}, since ${holder.since}${holder.by ? `, started by ${holder.by}` : ''})`;
}
