import type { EvidenceChain } from '../evidence/read.ts';
import { plainText } from '../text/plain.ts';
import type { Approval, ProcedureRecord, Progress } from '../workflows/contract.ts';
import { type ActivityRun, activitiesOf } from './activities.ts';
import { answerOf } from './answers.ts';
import { commandsIn } from './commands.ts';
import { integrityOf, type Witness } from './integrity.ts';
import { outcomeOf } from './outcome.ts';
import type { Gap, MadeFrom, Objective, Problem, Report, RestoredFrom } from './report.ts';
import type { RunHistory } from './run-history.ts';
import { activityTitle, stepsOf } from './steps.ts';
import { validationOf } from './validation.ts';

/** Everything that a report is made from. */
export interface ReportSources {
  readonly workflowId: string;
  readonly runId: string;
  readonly evidence: { readonly file: string; readonly chain: EvidenceChain };
  /** Null when Temporal can't be asked, or has forgotten the run; `why` says so. */
  readonly history: RunHistory | null;
  readonly whyNoHistory: string | null;
  /** What the procedure says of itself; null if nothing but the evidence is to tell it. */
  readonly record: ProcedureRecord | null;
  /** What a run that goes on said last. */
  readonly progress: Progress | null;
  readonly witnesses: readonly Witness[];
  readonly madeAt: string;
  readonly zone: string;
  /** Attempts that were denied, as an earlier report found them in the history; taken from the history if missing. */
  readonly denied?: Report['denied'] | undefined;
}

/** @returns the report of a run, from what there is: it is made for every end, and during a run. */
export function buildReport(sources: ReportSources): Report {
  const { history, evidence, progress } = sources;
  const seen = activitiesOf(history, evidence.chain.lines, true);
  const record = sources.record ?? answerOf(seen, 'writeReport')?.record ?? null;
  const outcome = outcomeOf({ history, record, progress });
  const isOver = outcome.state !== 'running' && outcome.state !== 'waitingForApproval';
  const activities = isOver ? seen : activitiesOf(history, evidence.chain.lines, false);
  const known = record ?? progress;
  const decisions = answerOf(activities, 'recordDecisions');
  const steps = stepsOf(known?.steps ?? null, activities, isOver);
  const startedAt = known?.startedAt ?? history?.startedAt ?? activities[0]?.startedAt ?? null;
  const endedAt = isOver ? (record?.endedAt ?? history?.endedAt ?? lastEnd(activities)) : null;
  const services = answerOf(activities, 'findDependents');
  return {
    version: 1,
    madeAt: sources.madeAt,
    madeFrom: madeFrom(sources),
    zone: sources.zone,
    procedure: known?.procedure ?? decisions?.procedure ?? history?.procedure ?? 'procedure',
    workflowId: sources.workflowId,
    runId: sources.runId,
    stack: known?.stack ?? decisions?.stack ?? null,
    database: known?.database ?? decisions?.database ?? null,
    severity: known?.severity ?? decisions?.severity ?? null,
    startedAt,
    endedAt,
    request: requestOf(record?.input ?? history?.input, decisions?.request ?? null),
    outcome,
    rto: objective(known?.rtoMs, record?.rtaMs, isOver ? 'the database was not brought back' : 'it is not over'),
    rpo: objective(record?.rpoMs, record?.rpaMs, whyNoLoss(record)),
    source: sourceOf(activities, record),
    replaced: record?.replaced ?? replacedOf(activities),
    freshBackup: record?.freshBackup ?? null,
    steps,
    approvals: known?.approvals ?? decisions?.approvals ?? answersIn(history),
    denied: sources.denied ?? deniedIn(history),
    interventions: history?.interventions ?? [],
    validation: validationOf(activities, steps),
    findings: record?.findings ?? [],
    services: {
      stopped: answerOf(activities, 'stopServices') === null ? null : (services?.summary ?? null),
      started: answerOf(activities, 'startServices') === null ? null : (services?.summary ?? null),
      kept: services?.kept ?? [],
    },
    commands: commandsIn(activities),
    problems: problemsIn(activities),
    gaps: gapsIn(activities),
    evidence: integrityOf(evidence.file, evidence.chain, sources.witnesses, history),
  };
}

/** Why it is not told how much was lost. */
function whyNoLoss(record: ProcedureRecord | null): string {
  if (record?.backup?.takenAt === null) return 'the backup does not tell its instant';
  return record?.failure === null && record.backup === undefined
    ? 'nothing was restored from a backup'
    : 'the database was not brought back';
}

function madeFrom({ history, evidence, whyNoHistory }: ReportSources): MadeFrom {
  return {
    history: history !== null,
    evidence: evidence.chain.lines.length > 0,
    why: history === null ? (whyNoHistory ?? 'it was not asked') : null,
  };
}

function requestOf(input: unknown, text: string | null): Report['request'] {
  const { requestedBy, reason } = (input ?? {}) as { requestedBy?: unknown; reason?: unknown };
  const said = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null);
  return { by: said(requestedBy), reason: said(reason), text: text === null ? null : plainText(text) };
}

/** @returns what was promised and what was achieved. @param whyNot why nothing was. */
export function objective(promised: number | undefined, achieved: number | null | undefined, whyNot: string): Objective {
  // A procedure without an objective says 0.
  const promisedMs = promised || null;
  const achievedMs = achieved ?? null;
  return {
    promisedMs,
    achievedMs,
    kept: promisedMs === null || achievedMs === null ? null : achievedMs <= promisedMs,
    why: achievedMs === null ? whyNot : null,
  };
}

function sourceOf(activities: readonly ActivityRun[], record: ProcedureRecord | null): RestoredFrom | null {
  const chosen = answerOf(activities, 'chooseBackup');
  if (chosen === null) return record?.backup ? { ...record.backup, kind: null, bytes: null, checkedBy: [] } : null;
  return {
    id: chosen.id,
    path: chosen.path,
    kind: chosen.kind ?? null,
    takenAt: chosen.takenAt ?? null,
    bytes: chosen.bytes ?? null,
    checkedBy: chosen.checkedBy ?? [],
  };
}

function replacedOf(activities: readonly ActivityRun[]): Report['replaced'] {
  const swapped = answerOf(activities, 'swap');
  return swapped?.replaced && swapped.until ? { name: swapped.replaced, until: swapped.until } : null;
}

function answersIn(history: RunHistory | null): Approval[] {
  return (history?.updates ?? [])
    .filter(({ name, denied }) => denied === undefined && (name === 'approve' || name === 'refuse'))
    .map(({ name, at, input }) => ({ ...saidIn(input), at, approved: name === 'approve' }));
}

/** Who tried what was not allowed: it stands in Temporal's history alone. */
function deniedIn(history: RunHistory | null): Report['denied'] {
  return (history?.updates ?? []).flatMap(({ name, at, input, denied }) =>
    denied === undefined ? [] : [{ at, by: saidIn(input).by, what: name, why: denied }],
  );
}

function saidIn(input: unknown): { by: string; reason: string } {
  const { by, reason } = (input ?? {}) as { by?: unknown; reason?: unknown };
  return { by: String(by ?? 'not known'), reason: String(reason ?? '') };
}

/** @returns attempts that failed. */
export function problemsIn(activities: readonly ActivityRun[]): Problem[] {
  return attemptsThat(activities, 'failed').map(({ activity, attempt }) => ({
    at: attempt.endedAt,
    activity: activityTitle(activity.name),
    attempt: attempt.number,
    code: attempt.code ?? 'INTERNAL',
    message: attempt.message ?? '',
  }));
}

/** @returns attempts of which nobody wrote down the end. */
export function gapsIn(activities: readonly ActivityRun[]): Gap[] {
  return attemptsThat(activities, 'lost').map(({ activity, attempt }) => ({
    activity: activityTitle(activity.name),
    attempt: attempt.number,
    why: attempt.message ?? 'the worker that made it ended before it could write down how it went',
  }));
}

function attemptsThat(activities: readonly ActivityRun[], outcome: 'failed' | 'lost') {
  return activities.flatMap((activity) =>
    activity.attempts.filter((attempt) => attempt.outcome === outcome).map((attempt) => ({ activity, attempt })),
  );
}

function lastEnd(activities: readonly ActivityRun[]): string | null {
  const ends = activities.flatMap((activity) => activity.endedAt ?? []);
  return ends.toSorted((a, b) => a.localeCompare(b)).at(-1) ?? null;
}
