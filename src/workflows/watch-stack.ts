import { sleep, workflowInfo } from '@temporalio/workflow';
import { sayDiagnosis } from '../diagnosis/diagnose.ts';
import type { Diagnosis, Suggestion } from '../diagnosis/facts.ts';
import { incidentId } from '../incident/contract.ts';
import type { Severity } from '../plan/schema.ts';
import { lockId, noInput } from './contract.ts';
import { parseInput } from './failure.ts';
import { look } from './proxies.ts';
import { reportProblem, reportRecovered } from './report-problem.ts';
import { recoverySeverities } from './severities.ts';

/** What is wrong for shorter is a restart, a deployment, a slow answer. */
const lookAgainAfter = '20s';

const severities: Readonly<Record<Suggestion['remedy'], Severity>> = { ...recoverySeverities, backup: 'P3', none: 'P3' };
const watched = ['P1', 'P2', 'P3'] as const;
/** A remedy that is less sure than this is no emergency yet. */
const sureEnough = 0.5;

export interface WatchResult {
  /** `busy`: a recovery is at work, whose own incident tells more. */
  readonly state: 'well' | 'wrong' | 'busy';
  readonly diagnosis: Diagnosis | null;
  /** Workflow id of the incident that was opened or told; null if there is none. */
  readonly incident: string | null;
}

/**
 * One look at the stack, for a schedule: what is wrong twice in a row opens an incident that names the procedure, and what is well
 * again says so to the incidents that earlier looks opened. It keeps the ballast beside the database, if the plan wants one.
 */
export async function watchStack(rawInput: object = {}): Promise<WatchResult> {
  parseInput(noInput, rawInput);
  const { plan } = await look.readPlan();
  const { project } = plan.stack;
  const { workflowId, runId } = workflowInfo();
  const step = { plan, database: plan.database.name, workflowId, runId };
  if ((await look.describeLock({ lockId: lockId(project) })) !== null) return { state: 'busy', diagnosis: null, incident: null };
  await look.keepReserve(step);
  let seen = await look.diagnoseStack(step);
  if (!seen.well) {
    await sleep(lookAgainAfter, { summary: 'looks again, so that a short trouble calls nobody' });
    if ((await look.describeLock({ lockId: lockId(project) })) !== null)
      return { state: 'busy', diagnosis: seen, incident: null };
    seen = await look.diagnoseStack(step);
  }
  const severity = seen.well ? null : severityOf(seen);
  const idOf = (level: Severity) => incidentId(project, `watch-${level}`);
  for (const level of watched) if (level !== severity) await reportRecovered(idOf(level), 'kintsugi', 'what was wrong is gone');
  if (severity === null) return { state: 'well', diagnosis: seen, incident: null };
  const problem = seen.likely ?? seen.wrong[0] ?? 'something is wrong';
  await reportProblem(idOf(severity), {
    problem: `${project}: ${problem}`.slice(0, 500),
    impact: sayDiagnosis(seen).slice(0, 2_000),
    severity,
    openedBy: 'kintsugi watch',
  });
  return { state: 'wrong', diagnosis: seen, incident: idOf(severity) };
}

/** @returns how grave a diagnosis is, by the remedy that comes first. */
function severityOf({ suggestions: [first] }: Pick<Diagnosis, 'suggestions'>): Severity {
  return first === undefined || first.confidence < sureEnough ? 'P3' : severities[first.remedy];
}
