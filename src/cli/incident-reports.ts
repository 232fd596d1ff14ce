import { evidenceFile } from '../evidence/line.ts';
import { readEvidence } from '../evidence/read.ts';
import type { LoadedPlan } from '../plan/load.ts';
import { buildIncidentReport } from '../reports/incident/build.ts';
import { gatherIncident } from '../reports/incident/gather.ts';
import type { IncidentReport } from '../reports/incident/report.ts';
import { type RunHistory, readHistory } from '../reports/run-history.ts';
import { isUnreachable, type Temporal, withTemporal } from './temporal.ts';

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

/** @returns whether a run is one of an incident, by Temporal's history or else by its evidence. */
export async function isIncident({ stateFolder }: LoadedPlan, run: Run, history: RunHistory | null): Promise<boolean> {
  if (history !== null) return history.procedure === 'incident';
  const { lines } = await readEvidence(evidenceFile(stateFolder, run.workflowId, run.runId));
  return lines.some(({ activity }) => activity === 'recordIncident');
}

/**
 * Makes the report of an incident, with all its recoveries: during it and after it, from the evidence alone where Temporal does
 * not answer or has forgotten it.
 */
export async function makeIncidentReport(loaded: LoadedPlan, run: Run, whyNoHistory: string | null): Promise<IncidentReport> {
  const { plan, stateFolder } = loaded;
  const gather = (ask: (workflowId: string, runId: string) => Promise<RunHistory | null>) =>
    gatherIncident({
      stateFolder,
      ...run,
      ask,
      whyNoHistory: whyNoHistory ?? 'Temporal does not know it any more',
      record: null,
      zone: plan.zone,
    });
  if (whyNoHistory !== null) return buildIncidentReport(await gather(async () => null));
  return withTemporal(plan, async (temporal) => buildIncidentReport(await gather(askFrom(temporal))));
}

function askFrom({ client }: Temporal) {
  return async (workflowId: string, runId: string): Promise<RunHistory | null> => {
    try {
      return readHistory(await client.workflow.getHandle(workflowId, runId).fetchHistory());
    } catch (error) {
      // Retention ends for each run by itself.
      if (isUnreachable(error)) throw error;
      return null;
    }
  };
}
