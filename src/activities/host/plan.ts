import { loadPlan } from '../../plan/load.ts';
import type { Plan } from '../../plan/schema.ts';
import type { WorkerContext } from '../context.ts';

/** @returns the plan as it is now; a procedure reads it once and keeps it to its end. @throws PLAN_MISSING, PLAN_INVALID */
export async function readPlan(context: WorkerContext): Promise<{ plan: Plan; planSha256: string }> {
  const loaded = await loadPlan(context.planPath);
  return { plan: loaded.plan, planSha256: loaded.sha256 };
}
