import type { ProcedureResult, Progress, RestoreResult, StepHeartbeat } from '../../workflows/contract.ts';

/** An activity that is being worked on, or waits for its next attempt. */
export interface PendingActivity {
  readonly activity: string;
  readonly attempt: number;
  readonly heartbeat: StepHeartbeat | null;
  /** Why the attempt before failed; null at the first attempt. */
  readonly lastFailure: string | null;
}

/** Who did not answer: the state shown is the last one known. */
export type Trouble = 'none' | 'worker' | 'temporal';

export type RunStatus = 'RUNNING' | 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TERMINATED' | 'TIMED_OUT';

/** Everything that is known about one run of a procedure at one instant. */
export interface Observation {
  readonly workflowId: string;
  readonly runId: string;
  /** Name of the workflow type. */
  readonly procedure: string;
  readonly status: RunStatus;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly closedAt: number | null;
  readonly progress: Progress | null;
  readonly pending: readonly PendingActivity[];
  readonly trouble: Trouble;
}

/** @returns whether a result is that of a procedure. */
export function isProcedureResult(result: unknown): result is ProcedureResult {
  return isProgress(result) && 'rtaMs' in result;
}

/** @returns whether a procedure restored a database from a backup. */
export function isRestoreResult(result: unknown): result is RestoreResult {
  return isProcedureResult(result) && 'backup' in result;
}

/** @returns whether a procedure's result tells its steps. */
export function isProgress(result: unknown): result is Progress {
  return typeof result === 'object' && result !== null && Array.isArray((result as Partial<Progress>).steps);
}
