/**
 * What the outside (command line, chat, Temporal UI, procedures, reports) and the incident agree on. Types, schemas and names
 * only. Times are ISO 8601 in UTC.
 */

import { z } from 'zod';
import type { MessageKind, SentMessage } from '../channels/contract.ts';
import type { Plan, Severity } from '../plan/schema.ts';
import { severities } from '../plan/severities.ts';
import { duration } from '../plan/units.ts';
import { onFirstUse } from './on-first-use.ts';

// All of them on first use: each run of an incident loads this file anew, and most runs read one message.
const severity = onFirstUse(() => z.enum(severities));
const by = onFirstUse(() => z.string().trim().min(1).max(200).describe('Your name, or your name under people'));
const reason = onFirstUse(() => z.string().trim().min(1).max(2_000).describe('Why'));

/** The one argument of the `incident` workflow, as people and procedures start it. Every field may be left out. */
export const incidentInput = onFirstUse(() =>
  z.strictObject({
    problem: z
      .string()
      .trim()
      .min(1)
      .max(500)
      .default('Something is wrong')
      .describe('What is wrong, one line: database uns_claudejp is missing'),
    impact: z.string().trim().max(2_000).default('').describe('Estimated impact, for people'),
    severity: severity().default('P1'),
    openedBy: z.string().trim().max(200).default('').describe('Who or what opened it'),
    rto: duration.optional().describe('Recovery time objective; the plan’s if missing'),
    since: z.iso.datetime().optional().describe('Since when the problem is there, if that is known'),
    recovery: z.string().min(1).optional().describe('Workflow id of the recovery that is at work on it'),
  }),
);
export type IncidentInput = z.input<ReturnType<typeof incidentInput>>;

/** A problem that came back, or goes on: what a second start of the same incident says. */
export type Occurrence = z.infer<ReturnType<typeof incidentInput>>;

export const deed = onFirstUse(() => z.strictObject({ by: by(), reason: reason() }));
export const denialInput = onFirstUse(() =>
  z.strictObject({ by: by(), what: z.string().trim().max(500), why: z.string().trim().max(2_000) }),
);
export const handOverInput = onFirstUse(() =>
  z.strictObject({ by: by(), to: z.string().trim().min(1).describe('Name under people'), reason: reason() }),
);
export const snoozeInput = onFirstUse(() =>
  z.strictObject({ by: by(), for: duration.describe('How long, at most 24h'), reason: reason() }),
);
export const severityInput = onFirstUse(() => z.strictObject({ by: by(), severity: severity(), reason: reason() }));
export const statusInput = onFirstUse(() =>
  z.strictObject({ by: by(), text: z.string().trim().min(1).max(4_000).describe('What is known and done') }),
);
export const causeInput = onFirstUse(() =>
  z.strictObject({
    by: by(),
    rootCause: z.string().trim().min(1).max(10_000),
    prevention: z
      .array(z.strictObject({ what: z.string().trim().min(1).max(1_000), who: z.string().trim().min(1), until: z.iso.date() }))
      .min(1)
      .describe('What keeps it from happening again, each with who does it and until when'),
  }),
);
export type CauseInput = z.infer<ReturnType<typeof causeInput>>;

/** Names of the updates that an incident understands; each answers with one line for who sent it. */
export const incidentUpdates = {
  acknowledge: 'acknowledge',
  handOver: 'handOver',
  snooze: 'snooze',
  setSeverity: 'setSeverity',
  /** A status update, written by a person, to everyone. */
  status: 'status',
  mitigate: 'mitigate',
  resolve: 'resolve',
  close: 'close',
  /** Root cause and prevention plan: what the post-incident report waits for. */
  explain: 'explain',
  /** Takes the plan as it is now: the only way in which a change of the plan reaches a running incident. */
  adoptPlan: 'adoptPlan',
} as const;

/** Names of the signals that procedures and sentries send. */
export const incidentSignals = {
  /** The problem came back, or is reported once more. */
  occurrence: 'occurrence',
  /** Where the recovery is. */
  recovery: 'recovery',
  /** The problem is gone, says a machine. */
  recovered: 'recovered',
  /** Somebody tried in chat what he may not: for the timeline. */
  deniedElsewhere: 'deniedElsewhere',
} as const;

/** @returns Temporal's query for the incidents that have not ended, those whose problem is gone included. By task queue: it is known from the first instant on. */
export function openIncidentsQuery(taskQueue: string): string {
  return `ExecutionStatus = 'Running' AND TaskQueue = '${taskQueue}' AND WorkflowType = 'incident'`;
}

/** The query for all of it. `messageWanted` is the other one: src/channels/contract.ts. */
export const incidentQuery = 'incident';

const instant = onFirstUse(() => z.iso.datetime());
const lengthMs = onFirstUse(() => z.number().min(0).nullable());

/** What a recovery tells its incident, at each step. Checked when it comes, since anybody with the Temporal UI can send it. */
export const recoveryNews = onFirstUse(() =>
  z
    .strictObject({
      workflowId: z.string().min(1),
      runId: z.string().min(1),
      procedure: z.string().min(1),
      phase: z.string(),
      done: z.array(z.string()).readonly().describe('Titles of the steps that are done'),
      running: z
        .strictObject({ title: z.string(), since: instant(), expectedMs: lengthMs() })
        .readonly()
        .nullable()
        .describe('The step that runs, since when, and how long it may take'),
      leftMs: lengthMs().describe('About how long all of it still takes, in milliseconds'),
      approval: z
        .strictObject({ text: z.string(), given: z.array(z.string()).readonly() })
        .readonly()
        .nullable()
        .describe('A request that waits for people, Markdown; null if none does'),
      denied: z
        .array(z.strictObject({ by: z.string(), what: z.string(), why: z.string() }).readonly())
        .readonly()
        .default([])
        .describe('Who tried what the plan does not allow them, oldest first'),
      ended: z
        .strictObject({ well: z.boolean(), text: z.string(), rtaMs: lengthMs(), rpaMs: z.number().nullable() })
        .readonly()
        .nullable()
        .describe('How it ended; null while it runs'),
    })
    .readonly(),
);
export type RecoveryNews = z.output<ReturnType<typeof recoveryNews>>;

export type IncidentStatus = 'triggered' | 'acknowledged' | 'mitigated' | 'resolved' | 'closed';

export interface TimelineEntry {
  /** Counts from 1 and never repeats. */
  readonly number: number;
  readonly at: string;
  /** Name of a person, or `kintsugi`. */
  readonly who: string;
  readonly what: string;
  readonly why: string;
}

/** One message to one person over one channel, as it is asked for and as it went. */
export interface Attempt {
  readonly key: string;
  readonly kind: MessageKind;
  readonly severity: Severity;
  readonly recipient: string;
  readonly channel: string;
  readonly subject: string;
  readonly at: string;
  readonly outcome: SentMessage['outcome'] | 'sending';
  readonly why: string;
  readonly providerId: string | null;
}

/** The answer of the query, of the workflow's result and of its report. */
export interface IncidentView {
  readonly workflowId: string;
  readonly stack: string;
  readonly problem: string;
  readonly impact: string;
  readonly severity: Severity;
  readonly status: IncidentStatus;
  readonly openedBy: string;
  readonly openedAt: string;
  readonly since: string;
  /** When the recovery time objective ends. */
  readonly rtoEndsAt: string;
  readonly occurrences: number;
  readonly flapping: boolean;
  /** Name under people of who has it, until when that counts; null if nobody has. */
  readonly responder: { readonly person: string; readonly name: string; readonly until: string } | null;
  readonly snoozedUntil: string | null;
  /** How far it was escalated: 0 for the first level. */
  readonly level: number;
  readonly round: number;
  /** The next instant at which it does something by itself; null when it waits for people only. */
  readonly nextDeadline: string | null;
  readonly recovery: RecoveryNews | null;
  readonly resolvedAt: string | null;
  readonly cause: (CauseInput & { readonly at: string }) | null;
  /** The newest; older ones are in the evidence. */
  readonly timeline: readonly TimelineEntry[];
  readonly attempts: readonly Attempt[];
  /** Path of the report's page on the worker's host; null before it is resolved: `kintsugi report` makes it. */
  readonly report: string | null;
  /** sha256 of the plan whose policy it follows. */
  readonly planSha256: string;
}

/** The policy that an incident follows: taken at its start. */
export type IncidentPolicy = Pick<
  Plan,
  | 'zone'
  | 'stack'
  | 'people'
  | 'onCall'
  | 'escalation'
  | 'permissions'
  | 'templates'
  | 'channels'
  | 'objectives'
  | 'temporal'
  | 'approvals'
>;

/** @returns the workflow id of the incident of a problem. @param subject what it is about, such as `restoreDatabase-shop`. */
export function incidentId(project: string, subject: string): string {
  return `incident-${project}-${subject}`;
}
