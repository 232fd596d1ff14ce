import type { EvidenceChain } from '../../evidence/read.ts';
import type { TimelineEntry } from '../../incident/contract.ts';
import type { IncidentNews, IncidentRecord } from '../../incident/record.ts';
import { type ActivityRun, activitiesOf } from '../activities.ts';
import { gapsIn, objective, problemsIn } from '../build.ts';
import { integrityOf, type Witness } from '../integrity.ts';
import type { Report } from '../report.ts';
import type { RunHistory } from '../run-history.ts';
import { newsIn } from './answers.ts';
import { approvalsIn } from './approvals.ts';
import { messagesIn } from './messages.ts';
import { openItemsOf } from './open-items.ts';
import { participantsOf } from './participants.ts';
import { preventionListsFor } from './prevention-lists.ts';
import type { IncidentReport, Phase } from './report.ts';

/** One run of the incident: it has several when it continued as new. */
export interface IncidentRun {
  readonly runId: string;
  readonly evidence: { readonly file: string; readonly chain: EvidenceChain };
  /** Null when Temporal can't be asked, or has forgotten it. */
  readonly history: RunHistory | null;
  readonly witnesses: readonly Witness[];
}

/** Everything that the report of an incident is made from. */
export interface IncidentSources {
  readonly workflowId: string;
  /** In order. */
  readonly runs: readonly IncidentRun[];
  /** Why there is no history; null if there is one. */
  readonly whyNoHistory: string | null;
  /** What the incident says of itself now; null if its evidence is to tell. */
  readonly record: IncidentRecord | null;
  /** Reports of its recoveries, in order. */
  readonly recoveries: readonly Report[];
  readonly madeAt: string;
  readonly zone: string;
}

/** @returns the report of an incident, from what there is: during it and after it. */
export function buildIncidentReport(sources: IncidentSources): IncidentReport {
  const { workflowId, runs, recoveries, madeAt } = sources;
  const activities = activitiesOfRuns(runs);
  const news = newsIn(activities);
  const record = sources.record ?? lastRecord(news);
  const timeline = news.flatMap(({ entries }) => entries).toSorted((a, b) => a.number - b.number);
  const people = record?.people ?? {};
  const phases = phasesOf(news);
  const zone = record?.zone ?? sources.zone;
  const approvals = approvalsIn(workflowId, timeline, recoveries, record?.lapseMs ?? null, madeAt);
  const closedAt = record?.status === 'closed' ? (phases.findLast(({ status }) => status === 'closed')?.from ?? null) : null;
  const facts = {
    workflowId,
    zone,
    recoveries,
    closedAt,
    status: record?.status ?? ('unknown' as const),
    resolved: record?.resolved ?? null,
    cause: record?.cause ?? null,
    messages: messagesIn(activities, people),
  };
  return {
    kind: 'incident',
    version: 1,
    madeAt,
    madeFrom: {
      history: runs.some(({ history }) => history !== null),
      evidence: runs.some(({ evidence }) => evidence.chain.lines.length > 0),
      why: sources.whyNoHistory,
    },
    runIds: runs.map(({ runId }) => runId),
    stack: record?.stack ?? null,
    problem: record?.problem ?? timeline[0]?.what ?? 'not known',
    impact: record?.impact ?? '',
    severity: record?.severity ?? null,
    openedBy: record?.openedBy || (timeline[0]?.who ?? 'not known'),
    openedAt: record?.openedAt ?? timeline[0]?.at ?? null,
    since: record?.since ?? null,
    rtoEndsAt: record?.rtoEndsAt ?? null,
    occurrences: record?.occurrences ?? 1,
    responder: record?.responder ?? null,
    planSha256: record?.planSha256 ?? null,
    ...facts,
    ...objectivesOf(record, recoveries),
    phases,
    timeline,
    participants: participantsOf(people, timeline, approvals),
    approvals,
    validation: recoveries.flatMap((recovery) =>
      recovery.validation.map((row) => ({ ...row, recovery: `${recovery.workflowId}/${recovery.runId}` })),
    ),
    skipped: recoveries.flatMap(({ workflowId: recovery, steps }) =>
      steps
        .filter(({ state }) => state === 'skipped')
        .map(({ title, note }) => ({ recovery, step: title, why: note ?? 'left out' })),
    ),
    preventionLists: facts.cause === null ? preventionListsFor(recoveries.map(({ procedure }) => procedure)) : [],
    open: openItemsOf({ ...facts, demandsCause: record?.demandsCause ?? true }),
    interventions: runs.flatMap(({ history }) => history?.interventions ?? []),
    // What became of messages has a table of its own.
    problems: problemsIn(activities.filter(({ name }) => name !== 'sendMessage')),
    gaps: gapsIn(activities.filter(({ name }) => name !== 'sendMessage')),
    evidence: runs.map(({ evidence, history, witnesses }) => integrityOf(evidence.file, evidence.chain, witnesses, history)),
  };
}

/** @returns what the activities of all runs did, in order. */
export function activitiesOfRuns(runs: readonly Pick<IncidentRun, 'history' | 'evidence'>[]): ActivityRun[] {
  return runs.flatMap(({ history, evidence }, at) => {
    const goesOn = at === runs.length - 1 && history?.status === 'running';
    return activitiesOf(history, evidence.chain.lines, !goesOn);
  });
}

/** @returns the newest record that the evidence has; null if there is none. */
export function lastRecord(news: readonly Pick<IncidentNews, 'record'>[]): IncidentRecord | null {
  return news.findLast(({ record }) => record !== null)?.record ?? null;
}

/** The state changed with the last line that was written with it. */
function phasesOf(
  news: readonly { readonly entries: readonly TimelineEntry[]; readonly record: IncidentRecord | null }[],
): Phase[] {
  const phases: Phase[] = [];
  for (const { entries, record } of news) {
    const before = phases.at(-1);
    if (record === null || before?.status === record.status) continue;
    const from = before === undefined ? record.openedAt : (entries.at(-1)?.at ?? record.openedAt);
    if (before !== undefined) phases[phases.length - 1] = { ...before, until: from };
    phases.push({ status: record.status, from, until: null });
  }
  return phases;
}

function objectivesOf(record: IncidentRecord | null, recoveries: readonly Report[]): Pick<IncidentReport, 'rto' | 'rpo'> {
  const resolved = record?.resolved ?? null;
  const achievedMs = record === null || resolved === null ? null : Date.parse(resolved.at) - Date.parse(record.since);
  const open = record?.status === 'closed' ? 'it was closed without being resolved' : 'it is not resolved';
  const restored = recoveries.findLast(({ rpo }) => rpo.achievedMs !== null);
  const nothingLost = recoveries.length === 0 ? 'nothing was restored' : 'no recovery has brought the database back';
  return {
    rto: objective(record?.rtoMs, achievedMs, open),
    rpo: objective(restored?.rpo.promisedMs ?? record?.rpoMs, restored?.rpo.achievedMs, nothingLost),
  };
}
