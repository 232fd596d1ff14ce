import type { WorkflowHandle } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import { type RecoveryName, recoveries, recoveryId, type WorkflowType } from '../../workflows/contract.ts';
import { exampleId } from '../../workflows/example.ts';
import { exampleMemo } from '../../workflows/example-run.ts';
import type { Temporal } from '../temporal.ts';

/** Procedures that a person follows; locks and clean-ups in the background are not. */
const followed: readonly WorkflowType[] = [
  ...Object.values(recoveries),
  'undoRecovery',
  'undoRepair',
  'undoRollBackCode',
  'takeBackup',
  'checkIntegrity',
  'monthlyDrill',
  'annualTest',
];

/**
 * @param id `workflowId`, or `workflowId/runId` where the beginning or the end of the run id is enough.
 * @returns the handle of one certain run: of the id given; else of what runs for this stack, a recovery first; else of the
 *   last recovery; null if there never was one and no id was given.
 * @throws KintsugiError NOT_FOUND for an id that does not exist.
 */
export async function findRun(temporal: Temporal, plan: Plan, id?: string): Promise<WorkflowHandle | null> {
  if (id !== undefined) return named(temporal, id);
  const names = Object.keys(recoveries) as RecoveryName[];
  const { project } = plan.stack;
  const ids = names.flatMap((name) => [recoveryId(project, name), exampleId(project, name)]);
  const found = await Promise.all(ids.map((id) => newest(temporal, id)));
  const known = found.filter((run) => run !== null).toSorted((a, b) => b.startedAt - a.startedAt);
  const recovery = known.find(({ isRunning }) => isRunning) ?? known[0];
  if (recovery?.isRunning === true) return recovery.handle;
  const other = await running(temporal);
  return other ?? recovery?.handle ?? null;
}

/** @throws KintsugiError NOT_FOUND when there is nothing to follow. */
export async function requireRun(temporal: Temporal, plan: Plan, id?: string): Promise<WorkflowHandle> {
  const run = await findRun(temporal, plan, id);
  if (run !== null) return run;
  throw new KintsugiError('NOT_FOUND', `There is no recovery of ${plan.stack.project} yet.`, {
    state: 'Nothing was stopped or changed.',
    hints: ['kintsugi recover restore', 'kintsugi status'],
  });
}

async function named(temporal: Temporal, id: string): Promise<WorkflowHandle> {
  const { workflowId, runPart } = splitId(id);
  if (runPart === null) {
    const found = await newest(temporal, workflowId);
    if (found !== null) return found.handle;
    throw notFound(id);
  }
  for await (const run of temporal.client.workflow.list({ query: `WorkflowId = ${quoted(workflowId)}` })) {
    if (run.runId.startsWith(runPart) || run.runId.endsWith(runPart))
      return temporal.client.workflow.getHandle(workflowId, run.runId);
  }
  throw notFound(id);
}

/** @returns the parts of `workflowId/runId`; a slash that no run id follows belongs to the workflow id. */
export function splitId(id: string): { workflowId: string; runPart: string | null } {
  const slash = id.lastIndexOf('/');
  const runPart = id.slice(slash + 1);
  return slash >= 0 && /^[0-9a-f][0-9a-f-]{7,}$/.test(runPart)
    ? { workflowId: id.slice(0, slash), runPart }
    : { workflowId: id, runPart: null };
}

interface Run {
  readonly handle: WorkflowHandle;
  readonly isRunning: boolean;
  readonly startedAt: number;
}

/** @returns the newest run of an id; null if there is none, or only an example for the Temporal UI. */
async function newest(temporal: Temporal, workflowId: string): Promise<Run | null> {
  try {
    const { runId, status, startTime, memo } = await temporal.client.workflow.getHandle(workflowId).describe();
    if (memo?.[exampleMemo] !== undefined) return null;
    const handle = temporal.client.workflow.getHandle(workflowId, runId);
    return { handle, isRunning: status.name === 'RUNNING', startedAt: startTime.getTime() };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** By task queue, not by search attribute: it is there from the first instant on. */
async function running(temporal: Temporal): Promise<WorkflowHandle | null> {
  const types = followed.map(quoted).join(', ');
  const query = `ExecutionStatus = 'Running' AND TaskQueue = ${quoted(temporal.taskQueue)} AND WorkflowType IN (${types})`;
  for await (const run of temporal.client.workflow.list({ query })) {
    if (!run.workflowId.startsWith('plan-')) return temporal.client.workflow.getHandle(run.workflowId, run.runId);
  }
  return null;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function notFound(id: string): KintsugiError {
  return new KintsugiError('NOT_FOUND', `There is no procedure ${id}.`, {
    state: 'Nothing was stopped or changed.',
    hints: ['kintsugi status'],
  });
}
