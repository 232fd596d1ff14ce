import type { LoadedPlan } from '../../plan/load.ts';
import { milliseconds } from '../../plan/units.ts';
import type { CliContext } from '../context.ts';
import { explainFailure } from '../failures.ts';
import { isProcedureResult } from '../follow/observation.ts';
import { observe } from '../follow/observe.ts';
import { findRun, requireRun } from '../follow/target.ts';
import { askHealth } from '../health.ts';
import { newestBackup, standingText } from '../newest-backup.ts';
import { renderStatus, type StatusFacts } from '../render/status.ts';
import { findWorkers, isUnreachable, type Temporal, withTemporal } from '../temporal.ts';

type RunFacts = Pick<StatusFacts, 'workers' | 'run' | 'result' | 'failure'>;

/** `kintsugi status`: answers also when Temporal, the worker or the application is down; that is what it is for. */
export async function status(context: CliContext, id?: string): Promise<void> {
  const loaded = await context.loadPlan();
  const { plan } = loaded;
  const [health, backups, run] = await Promise.all([askHealth(plan), newestBackup(loaded), askTemporal(loaded, id)]);
  const rpoMs = milliseconds(plan.objectives.databaseCorruption.rpo ?? plan.objectives.default.rpo);
  const { newest } = backups;
  const facts: StatusFacts = {
    project: plan.stack.project,
    health,
    backup:
      newest === null
        ? null
        : {
            id: newest.id,
            takenAt: newest.takenAt,
            withinRpo: Date.now() - Date.parse(newest.takenAt) <= rpoMs,
            proven: newest.standing.proven,
            standing: standingText(newest.standing, plan.zone, Date.now()),
          },
    broken: backups.broken.length,
    rpoMs,
    temporal: { ok: run !== null, address: plan.temporal.address, ui: plan.temporal.ui },
    ...(run ?? { workers: [], run: null, result: null, failure: null }),
  };
  context.answer(facts);
  const look = { now: Date.now(), zone: plan.zone, colors: context.screen.colors, columns: context.screen.columns };
  for (const line of renderStatus(facts, look)) context.say(line);
}

/** @returns null when Temporal does not answer. */
async function askTemporal({ plan }: LoadedPlan, id?: string): Promise<RunFacts | null> {
  try {
    return await withTemporal(plan, async (temporal) => {
      const workers = await findWorkers(temporal);
      const handle = id === undefined ? await findRun(temporal, plan) : await requireRun(temporal, plan, id);
      if (handle === null) return { workers, run: null, result: null, failure: null };
      const run = await observe(temporal, handle);
      return { workers, run, ...(await endOf(temporal, handle.workflowId, run)) };
    });
  } catch (error) {
    if (isUnreachable(error)) return null;
    throw error;
  }
}

async function endOf(
  temporal: Temporal,
  workflowId: string,
  run: NonNullable<StatusFacts['run']>,
): Promise<Pick<StatusFacts, 'result' | 'failure'>> {
  if (run.status === 'RUNNING') return { result: null, failure: null };
  try {
    const result: unknown = await temporal.client.workflow.getHandle(workflowId, run.runId).result();
    return { result: isProcedureResult(result) ? result : null, failure: null };
  } catch (error) {
    if (isUnreachable(error)) throw error;
    const { code, message, state } = explainFailure(error);
    return { result: null, failure: { code, message, state: state ?? null } };
  }
}
