/**
 * What is kept of a drill: its criteria before it starts, how it ended, and who signed it off. Lines of a file that only grows, so
 * that what was fixed before can't be changed after. Instants are ISO 8601 in UTC, lengths of time are milliseconds.
 */
import { z } from 'zod';
import { parseJsonLines } from '../catalog/json-lines.ts';

/** The two kinds of drills, by their workflow type. */
export const drillKinds = ['monthlyDrill', 'annualTest'] as const;
export type DrillKind = (typeof drillKinds)[number];

const criterion = z.object({
  /** `verify`, `rto`. */
  name: z.string(),
  what: z.string(),
  expected: z.string(),
  /** Whether the drill failed without it; else it was only slow. */
  must: z.boolean(),
  /** The most that may be measured, in milliseconds; null of what is not measured. */
  limitMs: z.number().nullable(),
});
export type Criterion = z.infer<typeof criterion>;

const chosen = z.object({
  id: z.string(),
  path: z.string(),
  takenAt: z.string(),
  bytes: z.number(),
  /** The tier whose turn it was. */
  tier: z.string(),
  why: z.string(),
});
export type ChosenBackup = z.infer<typeof chosen>;

const begun = z.object({
  type: z.literal('begun'),
  at: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  kind: z.enum(drillKinds),
  stack: z.string(),
  database: z.string(),
  /** The date of the schedule that it is held for; null of one that a person started. */
  dueAt: z.string().nullable(),
  requestedBy: z.string(),
  reason: z.string(),
  planSha256: z.string(),
  rtoMs: z.number(),
  rpoMs: z.number(),
  criteria: z.array(criterion),
  /** What it does and what it leaves out, a line each. */
  scope: z.array(z.string()),
  backups: z.array(chosen),
  /** The backup that a recovery would have taken at that moment; null where none could be used. */
  usable: z.object({ id: z.string(), takenAt: z.string(), proven: z.boolean() }).nullable(),
});
export type DrillBegun = z.infer<typeof begun>;

const result = z.object({
  name: z.string(),
  actual: z.string(),
  /** Null: it was not come to. */
  met: z.boolean().nullable(),
});
export type DrillResultRow = z.infer<typeof result>;

const restored = z.object({
  id: z.string(),
  tier: z.string(),
  outcome: z.enum(['passed', 'failed']),
  text: z.string(),
  /** From the choice of the backup to the last answer that was awaited; null of one that failed. */
  rtaMs: z.number().nullable(),
});
export type DrilledBackup = z.infer<typeof restored>;

const outcomes = ['passed', 'slow', 'failed', 'cancelled'] as const;
export type DrillOutcome = (typeof outcomes)[number];

const ended = z.object({
  type: z.literal('ended'),
  at: z.string(),
  outcome: z.enum(outcomes),
  /** One or two sentences. */
  text: z.string(),
  results: z.array(result),
  backups: z.array(restored),
  rtaMs: z.number().nullable(),
  rpaMs: z.number().nullable(),
  /** Workflow id of the incident that it opened. */
  incident: z.string().nullable(),
});
export type DrillEnded = z.infer<typeof ended>;

const action = z.object({ what: z.string(), who: z.string(), until: z.string() });

export const verdicts = ['accepted', 'accepted-with-actions', 'rejected'] as const;

const signedOff = z.object({
  type: z.literal('signedOff'),
  at: z.string(),
  by: z.string(),
  verdict: z.enum(verdicts),
  comment: z.string(),
  participants: z.array(z.string()),
  observations: z.array(z.string()),
  actions: z.array(action),
});
export type DrillSignOff = z.infer<typeof signedOff>;

const line = z.discriminatedUnion('type', [begun, ended, signedOff]);
export type DrillLine = z.infer<typeof line>;

/** A drill, as its file tells. */
export interface Drill {
  readonly begun: DrillBegun;
  /** Null: it goes on, or it was terminated. */
  readonly ended: DrillEnded | null;
  /** In order; the last one counts. */
  readonly signOffs: readonly DrillSignOff[];
}

/** @returns the drill that a file's text tells; null if it does not tell its beginning. A torn or strange line counts as none. */
export function parseDrill(text: string): Drill | null {
  const lines = parseJsonLines(text, (value) => line.parse(value));
  const first = lines.find((each) => each.type === 'begun');
  if (first === undefined) return null;
  return {
    begun: first,
    ended: lines.find((each) => each.type === 'ended') ?? null,
    signOffs: lines.filter((each) => each.type === 'signedOff'),
  };
}
