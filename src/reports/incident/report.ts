/**
 * The report of an incident, as people and programs read it: this is the JSON form, and the HTML and Markdown forms show the same.
 * Times are ISO 8601 in UTC, lengths of time are milliseconds.
 */
import type { SentMessage } from '../../channels/contract.ts';
import type { IncidentStatus, TimelineEntry } from '../../incident/contract.ts';
import type { IncidentRecord } from '../../incident/record.ts';
import type { EvidenceState, Gap, Intervention, MadeFrom, Objective, Problem, Report, ValidationRow } from '../report.ts';
import type { PreventionList } from './prevention-lists.ts';

export interface IncidentReport {
  /** What tells it from the report of a procedure. */
  readonly kind: 'incident';
  readonly version: 1;
  readonly madeAt: string;
  readonly madeFrom: MadeFrom;
  /** IANA time zone in which the HTML and Markdown forms show times. */
  readonly zone: string;
  readonly workflowId: string;
  /** In order; more than one of an incident that continued as new. */
  readonly runIds: readonly string[];
  readonly stack: string | null;
  readonly problem: string;
  readonly impact: string;
  readonly severity: string | null;
  readonly status: IncidentStatus | 'unknown';
  readonly openedBy: string;
  readonly openedAt: string | null;
  /** Since when the problem is there; of one that came back, since it came back. */
  readonly since: string | null;
  readonly rtoEndsAt: string | null;
  readonly occurrences: number;
  readonly responder: string | null;
  readonly resolved: IncidentRecord['resolved'];
  readonly closedAt: string | null;
  readonly planSha256: string | null;
  readonly rto: Objective;
  readonly rpo: Objective;
  /** Through which states it went. */
  readonly phases: readonly Phase[];
  readonly timeline: readonly TimelineEntry[];
  readonly participants: readonly Participant[];
  readonly messages: readonly MessageRow[];
  readonly approvals: readonly ApprovalRow[];
  /** Each recovery with its whole report. */
  readonly recoveries: readonly Report[];
  readonly validation: readonly (ValidationRow & { readonly recovery: string })[];
  readonly skipped: readonly SkippedStep[];
  readonly cause: IncidentRecord['cause'];
  /** What the plan's document asks to prevent such a problem: to go through while the cause is open. */
  readonly preventionLists: readonly PreventionList[];
  readonly open: readonly OpenItem[];
  readonly interventions: readonly Intervention[];
  readonly problems: readonly Problem[];
  readonly gaps: readonly Gap[];
  /** The chain of each run, with its end. */
  readonly evidence: readonly EvidenceState[];
}

export interface Phase {
  readonly status: IncidentStatus;
  readonly from: string;
  /** Null while it lasts. */
  readonly until: string | null;
}

/** A person or machine that did something or was called. */
export interface Participant {
  readonly name: string;
  readonly roles: readonly string[];
  readonly called: boolean;
  readonly did: readonly { readonly at: string; readonly what: string }[];
}

/** One message to one person over one way, and what became of it. */
export interface MessageRow {
  readonly at: string;
  readonly key: string;
  readonly kind: string | null;
  readonly subject: string | null;
  /** Name of the recipient. */
  readonly recipient: string;
  readonly channel: string;
  readonly address: string;
  readonly providerId: string | null;
  readonly outcome: SentMessage['outcome'] | 'sending';
  readonly why: string;
  /** Attempts before the last one, each with what went wrong. */
  readonly before: readonly string[];
}

export interface ApprovalRow {
  readonly at: string;
  readonly what: 'asked' | 'asked again' | 'approved' | 'refused' | 'lapsed' | 'denied';
  readonly by: string;
  readonly why: string;
  /** What it is about: workflow id of the recovery or of the incident. */
  readonly about: string;
}

export interface SkippedStep {
  readonly recovery: string;
  readonly step: string;
  readonly why: string;
}

/** What is to be done after a recovery, and whether it is: NIST SP 800-34, 4.4 and 5.4 to 5.10. */
export interface OpenItem {
  readonly what: string;
  /** `later`: it is seen to at its time, by itself. */
  readonly state: 'done' | 'open' | 'later' | 'notNeeded';
  readonly text: string;
  /** The command for it. */
  readonly next: string | null;
}
