import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import type { Plan } from '../plan/schema.ts';
import { summaryLine } from '../text/summary.ts';
import { clock, span } from '../text/time.ts';
import type { WorkflowType } from '../workflows/contract.ts';
import { observe } from './follow/observe.ts';
import { startedWith } from './follow/started-with.ts';
import type { Temporal } from './temporal.ts';

export interface Start {
  readonly workflowType: WorkflowType;
  readonly workflowId: string;
  /** The one argument: one JSON object, without secrets. */
  readonly input: object;
  /** One line for the list of the Temporal UI. */
  readonly summary: string;
}

/**
 * Starts a procedure.
 *
 * @throws KintsugiError ALREADY_RUNNING naming the run that holds the id, who started it and where it is.
 */
export async function startProcedure(
  temporal: Temporal,
  plan: Plan,
  start: Start,
): Promise<WorkflowHandleWithFirstExecutionRunId> {
  try {
    return await temporal.client.workflow.start(start.workflowType, {
      taskQueue: temporal.taskQueue,
      workflowId: start.workflowId,
      args: [start.input],
      staticSummary: summaryLine(start.summary),
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) throw await alreadyRunning(temporal, plan, start.workflowId);
    throw error;
  }
}

/** @throws KintsugiError ALREADY_RUNNING if a run with the id is open: said before anyone is asked to confirm anything. */
export async function refuseIfRunning(temporal: Temporal, plan: Plan, workflowId: string): Promise<void> {
  try {
    const { status } = await temporal.client.workflow.getHandle(workflowId).describe();
    if (status.name !== 'RUNNING') return;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return;
    throw error;
  }
  throw await alreadyRunning(temporal, plan, workflowId);
}

async function alreadyRunning(temporal: Temporal, plan: Plan, workflowId: string): Promise<KintsugiError> {
  const seen = await observe(temporal, temporal.client.workflow.getHandle(workflowId)).catch(() => null);
  const by = await starterOf(temporal, workflowId).catch(() => '');
  const step = seen?.progress?.steps.find(({ state }) => state === 'running');
  const facts = [
    ...(by ? [`started by ${by}`] : []),
    ...(seen ? [`since ${clock(seen.startedAt, plan.zone, Date.now())} (${span(Date.now() - seen.startedAt)})`] : []),
    ...(step ? [`now at: ${step.title}`] : []),
    ...(seen?.progress?.phase === 'waitingForApproval'
      ? [seen.progress.choices === undefined ? 'waiting for an approval' : 'waiting for a choice']
      : []),
  ];
  return new KintsugiError('ALREADY_RUNNING', `${workflowId} runs already${facts.length > 0 ? ` (${facts.join(', ')})` : ''}.`, {
    state: 'It goes on; nothing else was started.',
    hints: [`kintsugi watch ${workflowId}`, `kintsugi cancel ${workflowId}`],
  });
}

/** Who started a run stands in its input; a start from the Temporal UI may leave it out. */
async function starterOf(temporal: Temporal, workflowId: string): Promise<string> {
  const { input, identity } = await startedWith<{ requestedBy?: string }>(temporal, workflowId);
  return input?.requestedBy || identity;
}
