import { milliseconds } from '../plan/units.ts';
import type { CauseInput, IncidentStatus, RecoveryNews } from './contract.ts';
import { demandsCause, nameOf, rtoEndsAt } from './facts.ts';
import type { IncidentState, Unwritten } from './state.ts';

/**
 * What an incident says of itself, for its evidence and its report. The timeline and the messages stand beside it, each once.
 * Times are ISO 8601 in UTC.
 */
export interface IncidentRecord {
  readonly workflowId: string;
  /** The same for all runs of one incident (it continues as new), and for no other: workflow ids come back. */
  readonly key: string;
  readonly stack: string;
  readonly zone: string;
  readonly problem: string;
  readonly impact: string;
  readonly severity: string;
  readonly status: IncidentStatus;
  readonly openedBy: string;
  readonly openedAt: string;
  readonly since: string;
  readonly rtoMs: number;
  readonly rtoEndsAt: string;
  readonly rpoMs: number;
  readonly occurrences: number;
  /** Name of who has it; null if nobody has. */
  readonly responder: string | null;
  readonly resolved: { readonly at: string; readonly by: string; readonly announced: boolean } | null;
  readonly cause: (CauseInput & { readonly at: string }) | null;
  /** Whether root cause and prevention plan are asked for at this severity. */
  readonly demandsCause: boolean;
  readonly planSha256: string;
  /** How long an approval counts, in milliseconds. */
  readonly lapseMs: number;
  /** Who is who, and who was called, by the name under people. */
  readonly people: Readonly<
    Record<string, { readonly name: string; readonly roles: readonly string[]; readonly called: boolean }>
  >;
  /** Every recovery that told of itself, in order. */
  readonly recoveries: readonly RecoveryRun[];
}

export type RecoveryRun = Pick<RecoveryNews, 'workflowId' | 'runId' | 'procedure'>;

/** What `recordIncident` writes down: what is new, and the record where it has changed. */
export interface IncidentNews extends Unwritten {
  readonly record: IncidentRecord | null;
}

const iso = (at: number): string => new Date(at).toISOString();

/** @returns what an incident says of itself now. */
export function recordOf(state: IncidentState): IncidentRecord {
  const { policy, resolved, cause, responder } = state;
  const { default: objective, databaseCorruption } = policy.objectives;
  return {
    workflowId: state.workflowId,
    key: state.key,
    stack: policy.stack.project,
    zone: policy.zone,
    problem: state.problem,
    impact: state.impact,
    severity: state.severity,
    status: state.status,
    openedBy: state.openedBy,
    openedAt: iso(state.openedAt),
    since: iso(state.since),
    rtoMs: state.rtoMs,
    rtoEndsAt: iso(rtoEndsAt(state)),
    rpoMs: milliseconds(databaseCorruption.rpo ?? objective.rpo),
    occurrences: state.occurrenceCount,
    responder: responder === null ? null : nameOf(state, responder.person),
    resolved: resolved === null ? null : { at: iso(resolved.at), by: resolved.by, announced: resolved.announceAt === null },
    cause: cause === null ? null : { ...cause, at: iso(cause.at) },
    demandsCause: demandsCause(state.severity),
    planSha256: state.planSha256,
    lapseMs: milliseconds(policy.approvals.lapseAfter),
    people: Object.fromEntries(
      Object.entries(policy.people).map(([id, { name, roles }]) => [
        id,
        { name: name ?? id, roles, called: state.called.includes(id) },
      ]),
    ),
    recoveries: state.recoveries,
  };
}

/**
 * @returns what a version of the written report is about: while it stays the same, the report needs no new one. Null while the
 *   incident is open: then `kintsugi report` makes it.
 */
export function reportVersion({ status, resolved, cause, notices }: IncidentState): string | null {
  if (status !== 'resolved' && status !== 'closed') return null;
  const announced = resolved?.announceAt === null;
  return JSON.stringify([status, resolved?.at, announced, cause?.at, notices.length === 0]);
}
