import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { diagnoseStack } from '../../activities/survey/observe.ts';
import type { Diagnosis } from '../../diagnosis/facts.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { exitStatus } from '../../errors/table.ts';
import { createRedactor } from '../../evidence/redact.ts';
import type { LoadedPlan } from '../../plan/load.ts';
import { createContext } from '../../worker/context.ts';
import { lockHolder } from '../../worker/lock-holder.ts';
import { lockId, type ProcedureResult, recoveries, recoveryId } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { isProcedureResult } from '../follow/observation.ts';
import { renderDiagnosis } from '../render/diagnosis.ts';
import { startProcedure } from '../start.ts';
import { findWorkers, type Temporal, withTemporal } from '../temporal.ts';

/** What Temporal adds to a diagnosis. */
interface Told {
  /** A diagnosis by a worker on another machine; null where this machine is the stack's. */
  readonly elsewhere: Diagnosis | null;
  readonly workers: number;
  /** Workflow id of the procedure that is at work on the stack; null if none is. */
  readonly running: string | null;
  /** How long the suggested recoveries took the last time, in milliseconds by their name. */
  readonly took: Readonly<Record<string, number>>;
}

/** `kintsugi diagnose`: answers whatever is down. On the stack's own machine it looks by itself, else the worker there does. */
export async function diagnoseCommand(context: CliContext): Promise<void> {
  const loaded = await context.loadPlan();
  const told = await withTemporal(loaded.plan, (temporal) => askTemporal(temporal, loaded)).catch(() => null);
  const diagnosis = told?.elsewhere ?? (await lookHere(loaded));
  const unseen = [
    ...diagnosis.unseen,
    ...(told === null ? [`Temporal at ${loaded.plan.temporal.address} does not answer: before a recovery, kintsugi up`] : []),
    ...(told !== null && told.workers === 0 ? ['no worker listens: before a recovery, kintsugi up'] : []),
  ];
  const { zone, stack } = loaded.plan;
  context.answer({ type: 'diagnosis', stack: stack.project, running: told?.running ?? null, ...diagnosis, unseen });
  const look = { now: Date.now(), zone, colors: context.screen.colors, running: told?.running ?? null, took: told?.took ?? {} };
  for (const line of renderDiagnosis({ ...diagnosis, unseen }, stack.project, look)) context.say(line);
  context.exit(statusOf(diagnosis));
}

/** @returns the class of what is wrong, for monitors. */
function statusOf({ well, suggestions: [first] }: Diagnosis): number {
  if (well) return 0;
  if (first?.remedy === 'backup') return exitStatus.backup;
  return first?.remedy === 'cascade' ? exitStatus.environment : exitStatus.target;
}

async function lookHere(loaded: LoadedPlan): Promise<Diagnosis> {
  const context = createContext(loaded, createRedactor());
  const step = { plan: loaded.plan, database: loaded.plan.database.name, workflowId: 'diagnose', runId: 'diagnose' };
  try {
    return await diagnoseStack(context, step);
  } catch (error) {
    // Docker went down in the middle of the look: the next one says so.
    if (error instanceof KintsugiError && error.code === 'DOCKER_UNREACHABLE') return diagnoseStack(context, step);
    throw error;
  }
}

async function askTemporal(temporal: Temporal, loaded: LoadedPlan): Promise<Told> {
  const { plan } = loaded;
  const workers = await findWorkers(temporal);
  const isElsewhere = workers.length > 0 && workers.every(({ host }) => host !== hostname());
  return {
    elsewhere: isElsewhere ? await lookElsewhere(temporal, loaded) : null,
    workers: workers.length,
    running: await runningOn(temporal, plan.stack.project),
    took: await lastTimes(temporal, plan.stack.project),
  };
}

async function lookElsewhere(temporal: Temporal, { plan }: LoadedPlan): Promise<Diagnosis> {
  const handle = await startProcedure(temporal, plan, {
    workflowType: 'diagnose',
    workflowId: `diagnose-${plan.stack.project}-${randomBytes(3).toString('hex')}`,
    input: {},
    summary: 'Says what is wrong; touches nothing',
  });
  return (await handle.result()) as Diagnosis;
}

async function runningOn(temporal: Temporal, project: string): Promise<string | null> {
  const holder = await lockHolder(temporal.client, lockId(project)).catch(() => null);
  return holder?.workflowId ?? null;
}

async function lastTimes(temporal: Temporal, project: string): Promise<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const name of Object.keys(recoveries) as (keyof typeof recoveries)[]) {
    const result = await lastResult(temporal, recoveryId(project, name));
    if (result !== null) times[name] = result.rtaMs;
  }
  return times;
}

async function lastResult({ client }: Temporal, workflowId: string): Promise<ProcedureResult | null> {
  try {
    const handle = client.workflow.getHandle(workflowId);
    const result: unknown = (await handle.describe()).status.name === 'COMPLETED' ? await handle.result() : null;
    return isProcedureResult(result) ? result : null;
  } catch {
    return null;
  }
}
