import { byText } from '../../catalog/order.ts';
import { readRecords } from '../../evidence/records.ts';
import type { Plan } from '../../plan/schema.ts';
import { type ProcedureRecord, type RecoveryName, recoveries, recoveryId } from '../../workflows/contract.ts';
import type { MeasuredRestore, RecoverySeen } from '../facts.ts';

/** Of each procedure. */
const last = 10;

export interface RecoveriesSeen {
  readonly recoveries: readonly RecoverySeen[];
  readonly restores: readonly MeasuredRestore[];
}

/** @returns the recoveries of the plan's database on record in the evidence, which outlives Temporal; oldest first. */
export async function lookAtRecoveries(stateFolder: string, plan: Plan): Promise<RecoveriesSeen> {
  const names = Object.keys(recoveries) as RecoveryName[];
  const all = await Promise.all(names.map((name) => readRecords(stateFolder, recoveryId(plan.stack.project, name), last)));
  const records = all
    .flat()
    .filter(({ database }) => database === plan.database.name)
    .toSorted((a, b) => byText(a.endedAt, b.endedAt));
  return {
    recoveries: records.map((record) => ({
      workflowId: record.workflowId,
      procedure: record.procedure,
      endedAt: Date.parse(record.endedAt),
      well: record.failure === null,
      rtaMs: record.failure === null ? (record.rtaMs ?? null) : null,
      rpaMs: record.failure === null ? (record.rpaMs ?? null) : null,
    })),
    restores: records.flatMap((record) => measureOf(record) ?? []),
  };
}

/** What is done when the application is back; what comes after does not count. */
const backAt = ['health', 'startServices', 'swap'] as const;

/**
 * @returns how long a restore took from its first step until the application was back, without the time in which it waited for a
 *   person's approval; null where nothing was restored.
 */
export function measureOf({ steps, failure, endedAt, backup }: ProcedureRecord): MeasuredRestore | null {
  const done = steps.filter(({ state }) => state === 'done');
  const named = (name: string) => done.find((step) => step.name === name);
  if (failure !== null || named('restoreBeside') === undefined) return null;
  const began = Math.min(...done.map(({ startedAt }) => Date.parse(startedAt ?? endedAt)));
  const end = backAt.map((name) => named(name)?.endedAt).find((at) => at !== undefined);
  if (end === undefined) return null;
  const approval = named('approval');
  const waited =
    approval?.startedAt === undefined || approval.endedAt === undefined
      ? 0
      : Date.parse(approval.endedAt) - Date.parse(approval.startedAt);
  return {
    kind: 'recovery',
    at: Date.parse(endedAt),
    bytes: backup?.bytes ?? null,
    ms: Math.max(0, Date.parse(end) - began - waited),
  };
}
