import { wallClock } from './calendar.ts';
import type { IncidentView } from './contract.ts';
import { nextDue } from './due.ts';
import { nameOf, rtoEndsAt } from './facts.ts';
import type { IncidentState } from './state.ts';

const iso = (at: number): string => new Date(at).toISOString();

/** @returns what people and machines may see of an incident. */
export function viewOf(state: IncidentState): IncidentView {
  const { responder, snoozedUntil, resolved, cause } = state;
  const due = nextDue(state);
  return {
    workflowId: state.workflowId,
    stack: state.policy.stack.project,
    problem: state.problem,
    impact: state.impact,
    severity: state.severity,
    status: state.status,
    openedBy: state.openedBy,
    openedAt: iso(state.openedAt),
    since: iso(state.since),
    rtoEndsAt: iso(rtoEndsAt(state)),
    occurrences: state.occurrenceCount,
    flapping: state.flapping,
    responder:
      responder === null
        ? null
        : { person: responder.person, name: nameOf(state, responder.person), until: iso(responder.until) },
    snoozedUntil: snoozedUntil === null ? null : iso(snoozedUntil),
    level: state.level,
    round: state.round,
    nextDeadline: due === null ? null : iso(due),
    recovery: state.recovery,
    resolvedAt: resolved === null ? null : iso(resolved.at),
    cause: cause === null ? null : { ...cause, at: iso(cause.at) },
    timeline: state.timeline,
    attempts: state.attempts,
    report: state.report,
    planSha256: state.planSha256,
  };
}

/** @returns where it is, as Markdown: the current details in the Temporal UI. */
export function detailsOf(state: IncidentState): string {
  const clock = (at: number) => wallClock(at, state.policy.zone);
  const has =
    state.responder === null ? 'nobody' : `${nameOf(state, state.responder.person)} until ${clock(state.responder.until)}`;
  const due = nextDue(state);
  return [
    `### ${state.severity} · ${state.policy.stack.project} · ${state.status}`,
    state.problem,
    state.impact,
    `Responder: ${has}. RTO ends ${clock(rtoEndsAt(state))}.${due === null ? '' : ` Next by itself: ${clock(due)}.`}`,
    ...state.timeline
      .slice(-30)
      .map(({ at, who, what, why }) => `- ${clock(Date.parse(at))} **${who}** ${what}${why ? `: ${why}` : ''}`),
  ]
    .filter((line) => line !== '')
    .join('\n\n')
    .slice(0, 18_000);
}
