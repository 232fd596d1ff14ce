/**
 * The report of a drill, also of one that failed: this is the JSON form, and the HTML and Markdown forms show the same. It follows
 * the test report of NIST SP 800-34 and 800-84: objectives and criteria, scope, participants, steps, validation, results, observations,
 * actions with owners, sign-off.
 */
import type { Drill, DrillKind, DrillOutcome, DrillSignOff } from '../../drills/record.ts';
import type { Report } from '../report.ts';

export interface DrillReport {
  /** What tells it from the report of a procedure. */
  readonly kind: 'drill';
  readonly version: 1;
  readonly madeAt: string;
  /** IANA time zone in which the HTML and Markdown forms show times. */
  readonly zone: string;
  /** What was fixed before, how it ended, who signed it off. */
  readonly drill: Drill;
  /** Its steps, what was verified, attempts that failed, its evidence. */
  readonly run: Report;
  readonly participants: readonly { readonly name: string; readonly did: string }[];
  readonly areas: readonly Area[];
  /** What the drill itself shows, then what people wrote down at the sign-off. */
  readonly observations: readonly { readonly text: string; readonly by: string }[];
  readonly actions: DrillSignOff['actions'];
  /** Drills and dates without one, oldest first. */
  readonly past: readonly PastDrill[];
}

/** An area that a test has to cover, or to say why not: NIST SP 800-34, 3.5.1. */
export interface Area {
  readonly area: string;
  readonly covered: 'yes' | 'no' | 'not applicable';
  readonly text: string;
}

export interface PastDrill {
  readonly at: string;
  readonly kind: DrillKind;
  /** `missed`: a date at which none was held; `unknown`: one of which nobody wrote down the end. */
  readonly outcome: DrillOutcome | 'missed' | 'unknown';
  readonly rtaMs: number | null;
  readonly rtoMs: number | null;
  readonly backup: string | null;
  readonly isThis: boolean;
}
