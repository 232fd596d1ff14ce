import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { evidenceFile } from '../../evidence/line.ts';
import { readEvidence } from '../../evidence/read.ts';
import type { IncidentRecord, RecoveryRun } from '../../incident/record.ts';
import { activitiesOf } from '../activities.ts';
import { buildReport } from '../build.ts';
import { readReportFile } from '../files.ts';
import type { Witness } from '../integrity.ts';
import type { DeniedAttempt, Report } from '../report.ts';
import type { RunHistory } from '../run-history.ts';
import { witnessesOf } from '../witnesses.ts';
import { lastWritten, newsIn } from './answers.ts';
import { activitiesOfRuns, type IncidentRun, type IncidentSources, lastRecord } from './build.ts';
import { readIncidentReport } from './files.ts';
import type { IncidentReport } from './report.ts';

export interface GatherOptions {
  readonly stateFolder: string;
  readonly workflowId: string;
  /** Any run of the incident. */
  readonly runId: string;
  /** Asks Temporal for the history of a run. @returns null when it can't be asked, or has forgotten the run. */
  readonly ask: (workflowId: string, runId: string) => Promise<RunHistory | null>;
  readonly whyNoHistory: string;
  readonly record: IncidentRecord | null;
  readonly zone: string;
}

/** Collects everything that the report of an incident is made from: all its runs, and the reports of its recoveries. */
export async function gatherIncident(options: GatherOptions): Promise<IncidentSources> {
  const { stateFolder, workflowId, whyNoHistory, zone } = options;
  const madeAt = new Date().toISOString();
  // Histories first: what Temporal knows to be done is in the evidence by then.
  const histories = await historiesOf(options);
  const runs = await runsOf(options, histories);
  const activities = activitiesOfRuns(runs);
  const record = options.record ?? lastRecord(newsIn(activities));
  const denied = lastWritten(activities)?.denied ?? {};
  const recoveries = await Promise.all(
    (record?.recoveries ?? []).map((run) => recoveryReport(options, run, denied[run.runId], madeAt)),
  );
  const written = record === null ? null : await readIncidentReport(stateFolder, record.key);
  return {
    workflowId,
    runs: runs.map((run) => ({ ...run, witnesses: [...run.witnesses, ...keptBy(written, run)] })),
    whyNoHistory: histories.size > 0 ? null : whyNoHistory,
    record: options.record,
    recoveries,
    madeAt,
    zone,
  };
}

/** Back through the runs that it continued from. */
async function historiesOf({ ask, workflowId, runId }: GatherOptions): Promise<Map<string, RunHistory>> {
  const found = new Map<string, RunHistory>();
  for (let next: string | undefined = runId; next !== undefined && !found.has(next); ) {
    const history = await ask(workflowId, next);
    if (history === null) break;
    found.set(next, history);
    next = history.continuedFrom;
  }
  return found;
}

/** The runs with the same key are those of one incident: a workflow id may come back for another one. */
async function runsOf(options: GatherOptions, histories: ReadonlyMap<string, RunHistory>): Promise<IncidentRun[]> {
  const { stateFolder, workflowId, runId } = options;
  const folder = dirname(evidenceFile(stateFolder, workflowId, runId));
  const files = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.jsonl'));
  const ids = new Set([...files.map((name) => basename(name, '.jsonl')), ...histories.keys(), runId]);
  const runs = await Promise.all(
    [...ids].map(async (id) => {
      const file = join(folder, `${id}.jsonl`);
      const run = { runId: id, evidence: { file, chain: await readEvidence(file) }, history: histories.get(id) ?? null };
      const activities = activitiesOfRuns([run]);
      return { ...run, key: lastRecord(newsIn(activities))?.key ?? null, witnesses: storedBy(run.history) };
    }),
  );
  const key = options.record?.key ?? runs.find((run) => run.runId === runId)?.key ?? null;
  return runs
    .filter((run) => run.runId === runId || histories.has(run.runId) || (key !== null && run.key === key))
    .toSorted((a, b) => beginOf(a).localeCompare(beginOf(b)));
}

function beginOf({ history, evidence }: Pick<IncidentRun, 'history' | 'evidence'>): string {
  return history?.startedAt ?? evidence.chain.lines[0]?.startedAt ?? '';
}

function storedBy(history: RunHistory | null): Witness[] {
  const answer = history === null ? null : lastWritten(activitiesOf(history, [], true));
  return answer === null ? [] : [{ who: 'what Temporal stored', lines: answer.lines, head: answer.head }];
}

function keptBy(written: IncidentReport | null, { evidence: { file } }: IncidentRun): Witness[] {
  return (written?.evidence ?? [])
    .filter((kept) => basename(kept.file) === basename(file) && kept.lines > 0)
    .map(({ lines, head }) => ({ who: `the report written on ${written?.madeAt.slice(0, 10)}`, lines, head }));
}

async function recoveryReport(
  { stateFolder, ask, whyNoHistory, zone }: GatherOptions,
  { workflowId, runId }: RecoveryRun,
  denied: readonly DeniedAttempt[] | undefined,
  madeAt: string,
): Promise<Report> {
  const history = await ask(workflowId, runId);
  const file = evidenceFile(stateFolder, workflowId, runId);
  const [chain, written] = await Promise.all([readEvidence(file), readReportFile(stateFolder, workflowId, runId)]);
  return buildReport({
    workflowId,
    runId,
    evidence: { file, chain },
    history,
    whyNoHistory: history === null ? whyNoHistory : null,
    record: null,
    progress: null,
    witnesses: witnessesOf(written, history),
    madeAt,
    zone,
    denied: history === null ? (denied ?? []) : undefined,
  });
}
