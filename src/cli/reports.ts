import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { evidenceFile, pathSegment } from '../evidence/line.ts';
import { readEvidence } from '../evidence/read.ts';
import type { LoadedPlan } from '../plan/load.ts';
import { buildReport } from '../reports/build.ts';
import { drillReport } from '../reports/drill/make.ts';
import { type AnyReport, readReportFile } from '../reports/files.ts';
import { type RunHistory, readHistory } from '../reports/run-history.ts';
import { witnessesOf } from '../reports/witnesses.ts';
import { type Progress, type RecoveryName, recoveries, recoveryId } from '../workflows/contract.ts';
import { askProgress } from './follow/observe.ts';
import { findRun, splitId } from './follow/target.ts';
import { isIncident, makeIncidentReport } from './incident-reports.ts';
import { isUnreachable, type Temporal, withTemporal } from './temporal.ts';

interface Run {
  readonly workflowId: string;
  readonly runId: string;
}

/** What Temporal tells of a run; null parts where it can't be asked or has forgotten it. */
interface Told {
  readonly run: Run | null;
  readonly history: RunHistory | null;
  readonly progress: Progress | null;
  readonly why: string | null;
}

/**
 * Makes the report of a run, or of an incident: from Temporal's history and the evidence while Temporal knows the run, from the evidence alone after.
 *
 * @param id workflow id, or workflow id and the beginning or end of a run id with a slash between; without it the run that goes
 *   on, else the last recovery.
 * @throws KintsugiError NOT_FOUND when neither knows such a run.
 */
export async function makeReport(loaded: LoadedPlan, id?: string): Promise<AnyReport> {
  const { plan, stateFolder } = loaded;
  const told = await askTemporal(plan, id);
  const names = Object.keys(recoveries) as RecoveryName[];
  const ids = id === undefined ? names.map((name) => recoveryId(plan.stack.project, name)) : [id];
  const run = told.run ?? (await findEvidence(stateFolder, ids));
  if (run === null) throw notFound(stateFolder, id);
  if (await isIncident(loaded, run, told.history)) return makeIncidentReport(loaded, run, told.why);
  const file = evidenceFile(stateFolder, run.workflowId, run.runId);
  const [chain, written] = await Promise.all([readEvidence(file), readReportFile(stateFolder, run.workflowId, run.runId)]);
  const report = buildReport({
    ...run,
    evidence: { file, chain },
    history: told.history,
    whyNoHistory: told.why,
    record: null,
    progress: told.progress,
    witnesses: witnessesOf(written, told.history),
    madeAt: new Date().toISOString(),
    zone: plan.zone,
  });
  return (await drillReport(stateFolder, report)) ?? report;
}

async function askTemporal(plan: LoadedPlan['plan'], id: string | undefined): Promise<Told> {
  const nothing = { run: null, history: null, progress: null };
  try {
    return await withTemporal(plan, async (temporal) => {
      const handle = await findRun(temporal, plan, id);
      return handle === null ? { ...nothing, why: 'Temporal knows no recovery any more' } : await readRun(temporal, handle);
    });
  } catch (error) {
    if (error instanceof KintsugiError && error.code === 'NOT_FOUND')
      return { ...nothing, why: 'Temporal does not know this run any more' };
    if (!isUnreachable(error) && !(error instanceof KintsugiError && error.code === 'TEMPORAL_UNREACHABLE')) throw error;
    return { ...nothing, why: 'Temporal did not answer' };
  }
}

type Handle = NonNullable<Awaited<ReturnType<typeof findRun>>>;

async function readRun(temporal: Temporal, handle: Handle): Promise<Told> {
  const { workflowId, runId } = await handle.describe();
  const run = temporal.client.workflow.getHandle(workflowId, runId);
  const history = readHistory(await run.fetchHistory());
  // Only a worker can answer; without one the activities tell the steps.
  const progress = await askProgress(temporal, run).catch(() => null);
  return { run: { workflowId, runId }, history, progress, why: null };
}

/** @returns the newest run of which there is evidence; null if there is none that fits. */
async function findEvidence(stateFolder: string, ids: readonly string[]): Promise<Run | null> {
  const runs = (await Promise.all(ids.map((id) => evidenceOf(stateFolder, id)))).flat();
  const newest = runs.toSorted((a, b) => b.changed - a.changed)[0];
  return newest === undefined ? null : { workflowId: newest.workflowId, runId: newest.runId };
}

async function evidenceOf(stateFolder: string, id: string): Promise<(Run & { changed: number })[]> {
  const { workflowId, runPart } = splitId(id);
  const folder = join(stateFolder, 'evidence', pathSegment(workflowId));
  const runs = (await readdir(folder).catch(() => []))
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => basename(name, '.jsonl'))
    .filter((runId) => runPart === null || runId.startsWith(runPart) || runId.endsWith(runPart));
  return Promise.all(
    runs.map(async (runId) => ({ workflowId, runId, changed: (await stat(join(folder, `${runId}.jsonl`))).mtimeMs })),
  );
}

function notFound(stateFolder: string, id: string | undefined): KintsugiError {
  const what = id === undefined ? 'no recovery' : `no run ${id}`;
  return new KintsugiError('NOT_FOUND', `There is ${what}, in Temporal or in ${join(stateFolder, 'evidence')}.`, {
    state: 'Nothing was changed.',
    hints: ['kintsugi status'],
  });
}
