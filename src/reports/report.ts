/**
 * The report of one run of a procedure, as people and programs read it: this is the JSON form, and the HTML and Markdown forms
 * show the same. Times are ISO 8601 in UTC, lengths of time are milliseconds.
 */
import type { Approval, Finding } from '../workflows/contract.ts';

export interface Report {
  readonly version: 1;
  readonly madeAt: string;
  readonly madeFrom: MadeFrom;
  /** IANA time zone in which the HTML and Markdown forms show times. */
  readonly zone: string;
  /** Name of the workflow type. */
  readonly procedure: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly stack: string | null;
  readonly database: string | null;
  readonly severity: string | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Who asked for it and why. */
  readonly request: { readonly by: string | null; readonly reason: string | null; readonly text: string | null };
  readonly outcome: Outcome;
  readonly rto: Objective;
  readonly rpo: Objective;
  readonly source: RestoredFrom | null;
  /** Where the replaced database is kept, and until when. */
  readonly replaced: { readonly name: string; readonly until: string } | null;
  readonly freshBackup: string | null;
  readonly steps: readonly ReportStep[];
  readonly approvals: readonly Approval[];
  /** Who tried to decide and may not. */
  readonly denied: readonly DeniedAttempt[];
  /** Who asked for the run to be cancelled or terminated, where Temporal's history still tells. */
  readonly interventions: readonly Intervention[];
  readonly validation: readonly ValidationRow[];
  /** What the procedure found or did that is more than a line of a step: rows lost, repairs, counts. */
  readonly findings: readonly Finding[];
  readonly services: { readonly stopped: string | null; readonly started: string | null; readonly kept: readonly string[] };
  readonly commands: readonly Command[];
  /** Attempts that failed, in order; most were tried again. */
  readonly problems: readonly Problem[];
  /** Attempts that left no evidence: the worker that made them died. */
  readonly gaps: readonly Gap[];
  readonly evidence: EvidenceState;
}

export interface MadeFrom {
  readonly history: boolean;
  readonly evidence: boolean;
  /** Why Temporal's history was not used; null if it was. */
  readonly why: string | null;
}

export type OutcomeState =
  | 'completed'
  | 'completedWithSkippedSteps'
  | 'failed'
  | 'refused'
  | 'cancelled'
  | 'terminated'
  | 'timedOut'
  | 'running'
  | 'waitingForApproval'
  | 'unknown';

export interface Outcome {
  readonly state: OutcomeState;
  /** In one or two sentences: how it ended, and in what state it left things. */
  readonly sentence: string;
  readonly code: string | null;
  readonly hints: readonly string[];
}

export interface Objective {
  readonly promisedMs: number | null;
  readonly achievedMs: number | null;
  /** Null where nothing was promised, or nothing achieved that could be compared. */
  readonly kept: boolean | null;
  /** Why nothing was achieved; null where it was. */
  readonly why: string | null;
}

export interface RestoredFrom {
  readonly id: string;
  readonly path: string;
  readonly kind: string | null;
  readonly takenAt: string | null;
  readonly bytes: number | null;
  /** How it was checked, in words. */
  readonly checkedBy: readonly string[];
}

export type StepOutcome = 'waiting' | 'running' | 'done' | 'skipped' | 'failed' | 'undone' | 'unknown';

export interface ReportStep {
  readonly name: string;
  readonly title: string;
  /** `outside`: what belongs to no step, such as reading the plan; `cleanUp`: what was done after the last step had ended. */
  readonly kind: 'step' | 'outside' | 'cleanUp';
  readonly state: StepOutcome;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly note: string | null;
  /** Attempts of the activity that was tried most often; 0 of a step that needs none. */
  readonly attempts: number;
}

export interface DeniedAttempt {
  readonly at: string;
  readonly by: string;
  /** Name of the update: `approve`. */
  readonly what: string;
  readonly why: string;
}

export interface Intervention {
  readonly what: 'cancel' | 'terminate';
  readonly at: string;
  /** As Temporal knows them: process and host of the command line, or the e-mail address of a user of the web page. */
  readonly by: string;
  readonly reason: string | null;
}

export interface ValidationRow {
  readonly procedure: string;
  readonly expected: string;
  readonly actual: string;
  /** Null: not done, or there was nothing to compare with. */
  readonly successful: boolean | null;
  readonly by: string;
}

export interface Command {
  readonly at: string;
  readonly activity: string;
  readonly command: string;
}

export interface Problem {
  readonly at: string | null;
  readonly activity: string;
  readonly attempt: number;
  readonly code: string;
  readonly message: string;
}

export interface Gap {
  readonly activity: string;
  readonly attempt: number;
  readonly why: string;
}

export interface EvidenceState {
  readonly file: string;
  readonly lines: number;
  /** sha256 of the last line. */
  readonly head: string;
  /** What is wrong with it, in words; empty: nothing was changed, removed or added. */
  readonly faults: readonly string[];
  /** Whether its last line was half written when its writer was killed; no fault. */
  readonly torn: boolean;
  /** What the end of the chain was compared with, so that a line cut off it would show; empty: with nothing. */
  readonly comparedWith: readonly string[];
}
