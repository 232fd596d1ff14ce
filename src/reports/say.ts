/** What the HTML and the Markdown form say in the same words. */
import { clock, clockWithSeconds, words } from '../text/time.ts';
import type { Objective, OutcomeState, Report, ReportStep, ValidationRow } from './report.ts';

const nouns: Readonly<Record<string, string>> = {
  restoreDatabase: 'Recovery',
  recoverFromCorruption: 'Recovery from corruption',
  recoverDeletedData: 'Recovery of deleted data',
  undoRecovery: 'Undo of a recovery',
  takeBackup: 'Backup',
  monthlyDrill: 'Drill',
  annualTest: 'Annual test',
};

/** @returns `Recovery of uns_claudejp`. */
export function titleOf(report: Report): string {
  const noun = nouns[report.procedure] ?? report.procedure;
  return report.database === null ? `${noun}: ${report.workflowId}` : `${noun} of ${report.database}`;
}

export const outcomeNames: Readonly<Record<OutcomeState, string>> = {
  completed: 'completed',
  completedWithSkippedSteps: 'completed with skipped steps',
  failed: 'failed',
  refused: 'refused',
  cancelled: 'cancelled',
  terminated: 'terminated',
  timedOut: 'timed out',
  running: 'running',
  waitingForApproval: 'waits for approval',
  unknown: 'end not known',
};

/** @returns `0.4 s`, `12.3 s`, `4 min`. @param ms milliseconds. */
export function took(ms: number): string {
  if (ms < 1000) return `${(Math.max(0, ms) / 1000).toFixed(2)} s`;
  return ms < 100_000 ? `${(ms / 1000).toFixed(1)} s` : words(ms);
}

/** @returns how long something took; null while either end is not known. */
export function tookBetween(startedAt: string | null, endedAt: string | null): string | null {
  return startedAt === null || endedAt === null ? null : took(Date.parse(endedAt) - Date.parse(startedAt));
}

/** @returns `42.1 s of 2 h promised: kept`. */
export function objectiveText({ promisedMs, achievedMs, kept, why }: Objective): string {
  const achieved = achievedMs === null ? (why ?? 'not known') : took(achievedMs);
  if (promisedMs === null) return achieved;
  const verdict = kept === null ? '' : kept ? ': kept' : ': missed';
  return achievedMs === null
    ? `${achieved}; ${words(promisedMs)} promised`
    : `${achieved} of ${words(promisedMs)} promised${verdict}`;
}

/** @returns what the report was made from, as a sentence. */
export function madeFromText({ history, evidence, why }: Report['madeFrom']): string {
  const parts = [...(history ? ['Temporal’s history'] : []), ...(evidence ? ['the evidence file'] : [])];
  const from = parts.length === 0 ? 'nothing: there is no evidence' : parts.join(' and ');
  return `Made from ${from}${why === null ? '' : ` (without Temporal’s history: ${why})`}.`;
}

/** @returns whether the evidence can be believed, as a sentence. */
export function integrityText({ faults, lines, torn, comparedWith }: Report['evidence']): string {
  if (lines === 0) return 'There is no evidence file.';
  if (faults.length > 0) return `The evidence was changed, or is damaged: ${faults.join('; ')}.`;
  const compared =
    comparedWith.length === 0
      ? 'Its end could be compared with nothing, so lines cut off there would not show.'
      : `Its end agrees with ${comparedWith.join(' and ')}.`;
  return `The chain of ${lines} lines is whole. ${compared}${torn ? ' A last, half-written line was left out: its writer was killed.' : ''}`;
}

/** @returns `02:00:31 JST`. */
export function at(instant: string | null, zone: string): string {
  return instant === null ? '' : clockWithSeconds(instant, zone);
}

/** @returns `02:00:31 JST`; with the date before it when that is not the day of `now`. */
export function moment(instant: string, zone: string, now: string): string {
  const time = clockWithSeconds(instant, zone);
  const [date, today] = [day(instant, zone).slice(0, 10), day(now, zone).slice(0, 10)];
  return date === today ? time : `${date} ${time}`;
}

/** @returns `2026-11-24 02:00 JST`. */
export function day(instant: string, zone: string): string {
  return clock(instant, zone, 0);
}

export const stepMarks: Readonly<Record<ReportStep['state'], string>> = {
  waiting: '·',
  running: '▸',
  done: '✔',
  skipped: '–',
  failed: '✖',
  undone: '↩',
  unknown: '?',
};

/** @returns what is said of a step beside its mark. */
export function stepText({ state, note, attempts, kind }: ReportStep): string {
  const parts = [
    state === 'waiting' ? 'not come to' : state === 'unknown' ? 'its end is not known' : '',
    kind === 'cleanUp' ? 'clean-up' : '',
    note ?? '',
    attempts > 1 ? `${attempts} attempts` : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

/** @returns `yes`, `no`, `not done`. */
export function successText({ successful }: ValidationRow): string {
  return successful === null ? 'not done' : successful ? 'yes' : 'no';
}
