import type { CheckRun } from '../../integrity/trend.ts';
import type { CheckedThing, Finding } from '../../workflows/contract.ts';

/** The report of one run of the weekly checks: its JSON form, and what the others are made of. Times are ISO 8601 in UTC. */
export interface CheckReport {
  readonly version: 1;
  readonly kind: 'check';
  readonly madeAt: string;
  /** IANA time zone in which the HTML and Markdown forms show times. */
  readonly zone: string;
  readonly stack: string;
  readonly database: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly startedAt: string;
  /** Null: everything was checked; else the names that were asked for. */
  readonly only: readonly string[] | null;
  readonly checked: readonly CheckedThing[];
  /** With samples. */
  readonly findings: readonly Finding[];
  /** Workflow ids. */
  readonly incidents: readonly string[];
  /** The last runs, this one included, oldest first. */
  readonly runs: readonly CheckRun[];
}
