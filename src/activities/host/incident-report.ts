import { activityInfo, getClient } from '@temporalio/activity';
import type { IncidentNews, IncidentRecord } from '../../incident/record.ts';
import { writeReportForms } from '../../reports/files.ts';
import { buildIncidentReport } from '../../reports/incident/build.ts';
import { incidentReportPath } from '../../reports/incident/files.ts';
import { gatherIncident } from '../../reports/incident/gather.ts';
import type { DeniedAttempt } from '../../reports/report.ts';
import { type RunHistory, readHistory } from '../../reports/run-history.ts';
import type { WorkerContext } from '../context.ts';

/** How long Temporal may take to answer for one run; then the evidence tells it. */
const askWithinMs = 10_000;

export interface IncidentReportWritten {
  /** Path of the page; the Markdown and JSON forms stand beside it. */
  readonly path: string;
  /** How many lines the evidence of this run had, and the sha256 of the last one: Temporal keeps them, and is a witness. */
  readonly runId: string;
  readonly lines: number;
  readonly head: string;
  /** Attempts that were denied, by run id of the recovery: only Temporal's history knows them, so they go into the evidence. */
  readonly denied: Readonly<Record<string, readonly DeniedAttempt[]>>;
}

/** Keeps the timeline of an incident outside Temporal, too. Its answer is its purpose: what an activity answers stands in the evidence. */
export async function recordIncident(input: IncidentNews): Promise<IncidentNews> {
  return input;
}

/** Writes the report of an incident outside Temporal, whose retention ends. The last one that is written counts. */
export async function writeIncidentReport(
  context: WorkerContext,
  { record }: { readonly record: IncidentRecord },
): Promise<IncidentReportWritten> {
  const { workflowExecution } = activityInfo();
  if (workflowExecution === undefined) throw new TypeError('the report of an incident is written for its workflow');
  const { workflowId, runId } = workflowExecution;
  const sources = await gatherIncident({
    stateFolder: context.stateFolder,
    workflowId,
    runId,
    ask: askHistory,
    whyNoHistory: 'Temporal did not answer',
    record,
    zone: record.zone,
  });
  const report = context.withoutSecrets(buildIncidentReport(sources));
  const path = await writeReportForms(incidentReportPath(context.stateFolder, record.key), report);
  const { lines, head } = report.evidence.at(-1) ?? { lines: 0, head: '' };
  const denied = Object.fromEntries(report.recoveries.map((recovery) => [recovery.runId, recovery.denied]));
  return { path, runId, lines, head, denied };
}

async function askHistory(workflowId: string, runId: string): Promise<RunHistory | null> {
  const { workflow, connection } = getClient();
  const handle = workflow.getHandle(workflowId, runId);
  try {
    return readHistory(await connection.withDeadline(Date.now() + askWithinMs, () => handle.fetchHistory()));
  } catch {
    return null;
  }
}
