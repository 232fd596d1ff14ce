import { workflowInfo } from '@temporalio/workflow';
import type { z } from 'zod';
import { denied } from '../incident/permission.ts';
import type { Plan, Severity } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import type { Finding, ProcedureResult, procedureInput, WorkflowType } from './contract.ts';
import { endSafely } from './end-safely.ts';
import { failure } from './failure.ts';
import { linkIncident } from './incident-link.ts';
import { takeLock } from './lock.ts';
import { look } from './proxies.ts';
import { listAs } from './search-attributes.ts';
import { Procedure } from './steps.ts';
import { writeReport } from './write-report.ts';

/** What is common to all runs of a procedure. */
export interface ProcedureKind {
  readonly type: WorkflowType;
  /** Names and titles of its steps, in order; the report is added as the last one. */
  readonly steps: readonly (readonly [name: string, title: string])[];
  /** Whose objectives count: a row of the document's table of disasters. */
  readonly disaster: keyof Plan['objectives'];
  /** What its incident says when the person who starts it gives no reason: `database shop is being restored`. */
  readonly problem: (database: string, project: string) => string;
  readonly impact: string;
}

/** One run of a procedure: what its steps work with. */
export interface ProcedureRun {
  readonly plan: Plan;
  readonly planSha256: string;
  readonly procedure: Procedure;
  /** What every activity gets. */
  readonly step: Parameters<typeof look.checkHealth>[0];
  readonly severity: Severity;
  /** Whether it only shows what it would do, and touches nothing. */
  readonly planning: boolean;
  /** When it began. */
  readonly startedAt: Date;
  /**
   * Tells from the names of the steps that are done in what state things are once all that a failed run did is taken back. Set by
   * the steps as they go on.
   */
  stateAfter: (done: ReadonlySet<string>) => string | undefined;
}

/** @returns a failure that tells better than its procedure in what state things are: what it says of that is what people read. */
export function withItsOwnState(run: ProcedureRun, error: Error): Error {
  run.stateAfter = () => undefined;
  return error;
}

/** How a procedure ended well. */
export interface Done<F extends object> {
  /** What it adds to its result. */
  readonly facts: F;
  /** One line for its incident: `shop is back from 20261124T…`. */
  readonly text: string;
  /** Start to healthy application, in milliseconds; until now if missing. */
  readonly rtaMs?: number;
  /** How much was lost, in milliseconds; null where nothing was or it is not known. */
  readonly rpaMs?: number | null;
  /** What it found or did that is more than a line of a step: in the answer, on the terminal and in the report. */
  readonly findings?: readonly Finding[];
  /** Whether something could not be compared or was left out, although no step was. */
  readonly limited?: boolean;
  /** What is still wrong although every step was done, for people: the incident stays open, and the exit status tells it. */
  readonly left?: string;
}

/**
 * The frame of every procedure: reads the plan, asks whether the person may, takes the lock of the stack, opens or joins the
 * incident, runs the steps, ends safely whatever happens, and writes the report.
 *
 * @param work the steps. What it throws, and a cancellation, is taken back by `endSafely`.
 */
export async function runProcedure<F extends object>(
  kind: ProcedureKind,
  input: z.output<typeof procedureInput>,
  work: (run: ProcedureRun) => Promise<Done<F>>,
): Promise<ProcedureResult & F> {
  const { workflowId, runId, startTime } = workflowInfo();
  const { plan, planSha256 } = await look.readPlan();
  const { project } = plan.stack;
  const database = input.database ?? plan.database.name;
  const step = { plan, database, workflowId, runId };
  const { rto = plan.objectives.default.rto, rpo = plan.objectives.default.rpo } = plan.objectives[kind.disaster];
  const facts = { procedure: kind.type, stack: project, database, severity: input.severity, rtoMs: milliseconds(rto) };
  const procedure = new Procedure(facts, [...kind.steps, ['report', 'report']], plan.zone);
  listAs({ stack: project, procedure: kind.type, severity: input.severity });
  const planning = input.mode === 'plan';
  const why = planning || input.requestedBy === '' ? null : denied(plan, input.requestedBy, 'start');
  if (why !== null) throw failure('DENIED', why, { state: 'Nothing was stopped or changed.' });
  if (!planning) await takeLock(project, kind.type, input.requestedBy);
  const occurrence = {
    problem: input.reason === '' ? kind.problem(database, project) : `database ${database}: ${input.reason}`,
    impact: kind.impact,
    severity: input.severity,
    openedBy: input.requestedBy,
    rto,
    recovery: workflowId,
  };
  const link = planning ? null : await linkIncident(procedure, plan, occurrence, input.incident ?? null);
  const run: ProcedureRun = {
    plan,
    planSha256,
    procedure,
    step,
    severity: input.severity,
    planning,
    startedAt: startTime,
    stateAfter: () => 'Nothing was stopped or changed.',
  };
  try {
    const done = await work(run);
    const { rtaMs = Date.now() - startTime.getTime(), rpaMs = null, findings = [] } = done;
    const skipped = procedure.skipped();
    const partly = skipped.length > 0 || done.limited === true || done.left !== undefined;
    procedure.phase(!planning && partly ? 'completedWithSkippedSteps' : 'completed', done.left);
    const measured = { rtaMs, rpaMs, rpoMs: milliseconds(rpo), skipped, findings };
    const outcome = { ...measured, ...done.facts };
    const report = planning
      ? null
      : await procedure.step('report', () => writeReport(procedure, { step, input }, { ...outcome, failure: null }), {
          note: (path) => path ?? 'could not be written; kintsugi report makes it',
        });
    await link?.end(procedure.progress(), { well: done.left === undefined, text: done.left ?? done.text, rtaMs, rpaMs });
    return { ...outcome, ...procedure.progress(), report, checklist: procedure.checklist() };
  } catch (error) {
    const reportOf = planning ? null : { step, input };
    const ended = await endSafely(procedure, error, (steps) => run.stateAfter(steps), reportOf);
    const text = procedure.progress().message ?? 'it ended early';
    await link?.end(procedure.progress(), { well: false, text, rtaMs: null, rpaMs: null });
    throw ended;
  }
}
