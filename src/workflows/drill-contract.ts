/** What the outside and the drills agree on: see contract.ts. */
import { z } from 'zod';
import type { DrillBegun, DrilledBackup, DrillOutcome, DrillResultRow } from '../drills/record.ts';
import type { ProcedureResult } from './contract.ts';

/** The one argument of `monthlyDrill` and of `annualTest`. Every field may be left out; an unknown field is refused. */
export const drillInput = z.strictObject({
  backup: z.string().min(4).optional().describe('Id of a stored backup, or its beginning; by the plan’s policy if missing'),
  reason: z.string().default(''),
  requestedBy: z.string().default('').describe('Who starts it'),
  ifRunning: z
    .enum(['refuse', 'wait'])
    .default('refuse')
    .describe('What to do while another drill of the stack is held: refuse, or wait until it has ended'),
});
export type DrillInput = z.input<typeof drillInput>;

/** The result of a drill that did not fail: a failed one fails, with the same facts in its record and its report. */
export interface DrillResult extends ProcedureResult {
  readonly outcome: Exclude<DrillOutcome, 'failed' | 'cancelled'>;
  readonly criteria: DrillBegun['criteria'];
  readonly results: readonly DrillResultRow[];
  readonly drilled: readonly DrilledBackup[];
}

/** @returns the workflow id of the drill of a stack that a person starts. */
export function drillId(project: string, kind: 'monthlyDrill' | 'annualTest' = 'monthlyDrill'): string {
  return kind === 'monthlyDrill' ? `drill-${project}` : `annual-test-${project}`;
}

/** @returns the id of the child workflow that keeps a second drill of a stack away, however it is started. */
export function drillLockId(project: string): string {
  return `lock-drill-${project}`;
}

/** What the incident of a stack's drills is named by: `incidentId`. */
export const drillSubject = 'drill';
