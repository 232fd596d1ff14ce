import { CancellationScope, isCancellation, sleep, workflowInfo } from '@temporalio/workflow';
import type { z } from 'zod';
import { drillObjectives, outcomeOf, resultsOf } from '../drills/criteria.ts';
import type { DrillBegun, DrillEnded, DrillKind } from '../drills/record.ts';
import { fromFailure } from '../errors/failure.ts';
import { incidentId } from '../incident/contract.ts';
import { denied } from '../incident/permission.ts';
import type { Plan } from '../plan/schema.ts';
import { type DrillInput, type DrillResult, drillInput, drillLockId, drillSubject } from './drill-contract.ts';
import { endText, findingsOf, problemOf } from './drill-says.ts';
import { DrillWork } from './drill-work.ts';
import { failure, parseInput } from './failure.ts';
import { takeLock } from './lock.ts';
import { act, look } from './proxies.ts';
import { reportProblem, reportRecovered } from './report-problem.ts';
import { shortRunId } from './run-id.ts';
import { listAs } from './search-attributes.ts';
import { Procedure } from './steps.ts';
import { untilNoRecovery } from './until-no-recovery.ts';
import { writeReport } from './write-report.ts';

const firstSteps = [
  ['clear', 'clear what terminated drills left'],
  ['criteria', 'fix the criteria and choose the backup'],
] as const;

const untouched = 'Production was not touched.';
const impact = 'If the database were lost now, a recovery might not work, or not in time.';

type Input = z.output<typeof drillInput>;
type Step = Parameters<typeof act.removeJobs>[0];

/**
 * The frame of a drill: one at a time, none while a recovery runs; what it must show is fixed and written down before it starts; it
 * ends with a record, a report, and an incident if it failed or was slow.
 *
 * @throws a failure when it did not pass, so that whoever looks at the list of runs sees it.
 */
export async function holdDrill(kind: DrillKind, rawInput: DrillInput): Promise<DrillResult> {
  const input = parseInput(drillInput, rawInput);
  const { plan, planSha256 } = await look.readPlan();
  const { workflowId, runId } = workflowInfo();
  const { project } = plan.stack;
  const step: Step = { plan, database: plan.database.name, workflowId, runId };
  const procedure = new Procedure(
    { procedure: kind, stack: project, database: step.database, severity: 'P4', rtoMs: drillObjectives(plan).rtoMs },
    [...firstSteps, ['report', 'report']],
    plan.zone,
  );
  listAs({ stack: project, procedure: kind });
  const why = input.requestedBy === '' ? null : denied(plan, input.requestedBy, 'start');
  if (why !== null) throw failure('DENIED', why, { state: untouched });
  await takeTurn(procedure, kind, project, input);
  const drill: Run = { kind, input, plan, planSha256, step, procedure, begun: null };
  try {
    return await hold(drill);
  } catch (error) {
    throw await endEarly(drill, error);
  }
}

interface Run {
  readonly kind: DrillKind;
  readonly input: Input;
  readonly plan: Plan;
  readonly planSha256: string;
  readonly step: Step;
  readonly procedure: Procedure;
  /** Null until the criteria are fixed. */
  begun: DrillBegun | null;
}

/** One drill of a stack at a time, however it was started. */
async function takeTurn(procedure: Procedure, kind: DrillKind, project: string, input: Input): Promise<void> {
  for (let wait = 5_000; ; wait = Math.min(2 * wait, 5 * 60_000)) {
    try {
      await takeLock(project, kind, input.requestedBy, drillLockId(project));
      return;
    } catch (error) {
      const { code, message } = fromFailure(error);
      if (input.ifRunning === 'refuse' || code !== 'ALREADY_RUNNING') throw error;
      procedure.phase('running', `waits: ${message}`);
      await sleep(wait, { summary: 'another drill is held' });
    }
  }
}

async function hold(drill: Run): Promise<DrillResult> {
  const { kind, input, plan, step, procedure } = drill;
  const { project } = plan.stack;
  await untilNoRecovery(project, (what) => procedure.phase('running', what));
  procedure.phase('running');
  await procedure.step('clear', () => act.clearLeftovers({ ...step, scope: 'unlocked' }), {
    note: ({ done, left }) => [...done, ...left.map((what) => `could not: ${what}`)].join('; ') || 'nothing was left',
  });
  const begun = await procedure.step(
    'criteria',
    () =>
      look.prepareDrill({
        ...step,
        kind,
        wanted: input.backup ?? null,
        dueAt: scheduledAt(),
        requestedBy: input.requestedBy,
        reason: input.reason,
        planSha256: drill.planSha256,
      }),
    { note: (found) => `${found.criteria.length} criteria; ${chosenText(found)}` },
  );
  drill.begun = begun;

  const work = new DrillWork(procedure, step, begun);
  await work.run();
  const results = resultsOf(begun.criteria, work.facts);
  const { outcome, missed } = outcomeOf(begun.criteria, results);
  const text = endText(begun, outcome, missed, work.facts.rtaMs);
  const { rtaMs, rpaMs } = work.facts;
  const incident = incidentId(project, drillSubject);
  if (outcome === 'passed') await reportRecovered(incident, kind, text.slice(0, 500));
  else {
    const severity = outcome === 'slow' ? 'P3' : plan.drill.severity;
    await reportProblem(incident, { problem: problemOf(begun, outcome, missed), severity, impact, openedBy: kind });
  }
  const ended: DrillEnded = {
    type: 'ended',
    at: new Date().toISOString(),
    outcome,
    text,
    results,
    backups: [...work.drilled],
    rtaMs,
    rpaMs,
    incident: outcome === 'passed' ? null : incident,
  };
  await act.recordDrillEnd({ ...step, ended });

  const failed = outcome !== 'failed' ? null : { code: work.code ?? ('CHECK_FAILED' as const), message: text, state: untouched };
  procedure.phase(failed === null ? 'completed' : 'failed', outcome === 'passed' ? undefined : text);
  const findings = findingsOf(begun, results);
  const measured = { rtaMs: rtaMs ?? 0, rpaMs, rpoMs: begun.rpoMs, skipped: procedure.skipped(), findings };
  const report = await procedure.step(
    'report',
    () =>
      writeReport(
        procedure,
        { step, input },
        {
          ...(rtaMs === null ? {} : { rtaMs }),
          rpaMs,
          rpoMs: begun.rpoMs,
          findings,
          failure: failed === null ? null : { ...failed, hints: [] },
        },
      ),
    { note: (path) => path ?? 'could not be written; kintsugi drill report makes it' },
  );
  if (failed !== null)
    throw failure(failed.code, text, {
      state: `${untouched} Incident: ${incident}.`,
      hints: [`kintsugi drill report ${step.workflowId}/${shortRunId(step.runId)}`, ...work.hints],
    });
  return {
    ...procedure.progress(),
    ...measured,
    outcome: outcome === 'slow' ? 'slow' : 'passed',
    criteria: begun.criteria,
    results,
    drilled: work.drilled,
    report,
    checklist: procedure.checklist(),
  };
}

/** @returns the date of the schedule that it was started for; null of one that a person started. */
function scheduledAt(): string | null {
  const [at] = (workflowInfo().searchAttributes.TemporalScheduledStartTime as Date[] | undefined) ?? [];
  return at instanceof Date ? at.toISOString() : null;
}

function chosenText({ backups }: DrillBegun): string {
  return backups.map(({ id, why }) => `${id} (${why})`).join(', ') || 'there is no backup that can be used';
}

/** A drill that ended before it came to a result: cancelled, or kept from it by the machine, which people must hear of too. */
async function endEarly({ kind, input, plan, step, procedure, begun }: Run, error: unknown): Promise<unknown> {
  // It came to its end, and said all that there is to say.
  if (procedure.isDone('report')) return error;
  const cancelled = isCancellation(error);
  const { code, message, hints } = fromFailure(error);
  const text = cancelled ? 'A person cancelled it.' : message;
  await CancellationScope.nonCancellable(async () => {
    procedure.phase(cancelled ? 'cancelled' : 'failed', `${text} ${untouched}`);
    const incident = incidentId(plan.stack.project, drillSubject);
    // Who typed the name of a backup that is not there has the answer before the eyes.
    const tell = !cancelled && (begun !== null || input.backup === undefined);
    if (tell) {
      const problem = `the ${kind === 'annualTest' ? 'annual test' : 'drill'} of ${step.database} could not be held: ${message}`;
      await reportProblem(incident, { problem: problem.slice(0, 500), severity: plan.drill.severity, impact, openedBy: kind });
    }
    if (begun === null) return;
    const ended: DrillEnded = {
      type: 'ended',
      at: new Date().toISOString(),
      outcome: cancelled ? 'cancelled' : 'failed',
      text,
      results: [],
      backups: [],
      rtaMs: null,
      rpaMs: null,
      incident: tell ? incident : null,
    };
    await act.recordDrillEnd({ ...step, ended }).catch(() => undefined);
    await writeReport(
      procedure,
      { step, input },
      { failure: { code: cancelled ? 'CANCELLED' : code, message: text, state: untouched, hints } },
    );
  });
  return cancelled ? error : failure(code, message, { state: untouched, hints });
}
