import type { TimelineEntry } from '../../incident/contract.ts';
import { plainText } from '../../text/plain.ts';
import type { Report } from '../report.ts';
import type { ApprovalRow } from './report.ts';

/** What of the timeline is about approvals; `test/unit/incident-report.test.ts` holds these words against the incident's own. */
const asked = 'waits for an approval';
const askedAgain = 'the request for an approval is unanswered';
const deniedDeed = /^denied: (.*)$/;

/** @returns who was asked to approve what, and what became of it, in order: also what lapsed and what was denied. */
export function approvalsIn(
  incident: string,
  timeline: readonly TimelineEntry[],
  recoveries: readonly Report[],
  lapseMs: number | null,
  until: string,
): ApprovalRow[] {
  // An attempt that a recovery denied stands in its own report and in the timeline of its incident.
  const told = new Set(
    recoveries.flatMap(({ workflowId, denied }) => denied.map(({ by, what }) => `${by}: ${what} ${workflowId}`)),
  );
  const rows = [
    ...timeline
      .filter(({ who, what }) => !told.has(`${who}: ${deniedDeed.exec(what)?.[1] ?? ''}`))
      .flatMap((entry) => inTimeline(entry, incident)),
    ...recoveries.flatMap((recovery) => [
      ...recovery.approvals.map(({ at, by, reason, approved }) => ({
        at,
        what: approved ? ('approved' as const) : ('refused' as const),
        by,
        why: reason,
        about: recovery.workflowId,
      })),
      ...(lapseMs === null ? [] : lapsed(recovery, lapseMs, until)),
      ...recovery.denied.map(({ at, by, what, why }) => ({
        at,
        what: 'denied' as const,
        by,
        why: `${what}: ${why}`,
        about: recovery.workflowId,
      })),
    ]),
  ];
  return rows.toSorted((a, b) => a.at.localeCompare(b.at));
}

function inTimeline({ at, who, what, why }: TimelineEntry, incident: string): ApprovalRow[] {
  if (what === asked) return [{ at, what: 'asked', by: who, why: plainText(why), about: who }];
  if (what === askedAgain) return [{ at, what: 'asked again', by: who, why: 'nobody answered', about: incident }];
  const deed = deniedDeed.exec(what)?.[1];
  return deed === undefined ? [] : [{ at, what: 'denied', by: who, why: `${deed}: ${why}`, about: incident }];
}

/** An approval that was not followed by the others in time did not count any more. */
function lapsed(recovery: Report, lapseMs: number, until: string): ApprovalRow[] {
  const step = recovery.steps.find(({ name }) => name === 'approval');
  const decided = step?.endedAt ?? recovery.endedAt ?? until;
  return recovery.approvals.flatMap(({ at, by, approved }) => {
    const end = new Date(Date.parse(at) + lapseMs).toISOString();
    return approved && end < decided
      ? [{ at: end, what: 'lapsed' as const, by, why: 'the others took too long', about: recovery.workflowId }]
      : [];
  });
}
