import { milliseconds } from '../plan/units.ts';
import { callLevel, callPeople, deadline, tellEveryone } from './call.ts';
import type { Occurrence } from './contract.ts';
import { isOpen, say } from './facts.ts';
import { changeSeverity } from './incident.ts';
import { dropNotices } from './notices.ts';
import type { IncidentState } from './state.ts';
import { startUpdates } from './updates.ts';

/**
 * The problem is reported once more: a note while it is open, a new occurrence of the same incident when it had ended, also when
 * it was closed and only its last messages were still on their way. What came back after `reopenWithin` is called as if it were
 * new: nothing of the old acknowledgement counts.
 */
export function occur(state: IncidentState, occurrence: Occurrence, now: number): void {
  const who = occurrence.openedBy || 'kintsugi';
  state.occurrences = [...state.occurrences, now].slice(-100);
  state.occurrenceCount += 1;
  if (isOpen(state)) {
    say(state, now, who, `reported again: ${occurrence.problem}`, occurrence.impact);
    if (occurrence.severity < state.severity)
      changeSeverity(state, { severity: occurrence.severity, by: who, reason: 'reported again' }, now);
    return;
  }
  const withdrawn = state.resolved !== null && state.resolved.announceAt !== null;
  const recently = state.resolved !== null && now - state.resolved.at <= milliseconds(state.policy.escalation.reopenWithin);
  const unexplained = state.resolved !== null && state.cause === null;
  state.status = 'triggered';
  state.resolved = null;
  state.remindOfCauseAt = null;
  // What was explained was the occurrence before; it stands in the timeline.
  state.cause = null;
  dropNotices(state, now, ['whileResolved', 'untilExplained']);
  state.since = now;
  state.rtoMissedTold = false;
  if (occurrence.severity < state.severity) state.severity = occurrence.severity;
  if (state.recovery !== null && state.recovery.approval !== null) state.approvalAskAt = now;
  const notes = [
    withdrawn ? '; “resolved” was not announced yet and is withdrawn' : '',
    recently || !unexplained ? '' : '; the cause of the time before was never told',
  ];
  say(state, now, who, `came back: ${occurrence.problem}${notes.join('')}`, occurrence.impact);
  noticeFlapping(state, now);
  startUpdates(state, now);
  // An acknowledgement outlives a short recovery.
  if (recently && state.responder !== null && state.responder.until > now) {
    state.status = 'acknowledged';
    if (!state.flapping) callPeople(state, now, 'reopened', [state.responder.person], { say: 'cameBack' }, 'whileOpen');
    return;
  }
  state.responder = null;
  if (state.flapping) {
    state.nextLevelAt = deadline(state, now, state.level);
    return;
  }
  callLevel(state, now, 0, { say: 'cameBack' });
  tellEveryone(state, now, 'incidentNotification', { say: 'cameBack' });
}

function noticeFlapping(state: IncidentState, now: number): void {
  const { times, within } = state.policy.escalation.flapping;
  const recent = state.occurrences.filter((at) => now - at <= milliseconds(within));
  if (state.flapping || recent.length < times) return;
  state.flapping = true;
  say(state, now, 'kintsugi', `is flapping: ${recent.length} times within ${within}`, '');
  tellEveryone(state, now, 'statusUpdate', { say: 'flapping', times: recent.length, within });
}
