/** What an incident does by itself when its time has come, and when that is. Instants are milliseconds since 1970. */
import { milliseconds } from '../plan/units.ts';
import { anybody, callLevel, callPeople, everyone, levelsOf, responders, tellEveryone } from './call.ts';
import { demandsCause, isOpen, nameOf, rtoEndsAt, ruleOf, say } from './facts.ts';
import { addNotice } from './notices.ts';
import { denied } from './permission.ts';
import { inEnglish, type Phrase } from './phrases.ts';
import type { IncidentState } from './state.ts';
import { advance } from './updates.ts';

/** An overdue update is escalated when so many in a row were automatic. */
const missedBeforeEscalation = 2;

/** Does all that is due. Asked twice for one instant, it does it once. */
export function actOnTime(state: IncidentState, now: number): void {
  for (const act of [escalate, expire, missRto, overrun, askApproval, remind, update, announce, askCause, closeItself])
    act(state, now);
}

/** @returns the next instant at which something is due; null when only people can go on. */
export function nextDue(state: IncidentState): number | null {
  const open = isOpen(state);
  const due = [
    state.status === 'triggered' ? state.nextLevelAt : null,
    open && state.responder !== null ? state.responder.until : null,
    open && !state.rtoMissedTold ? rtoEndsAt(state) : null,
    open ? overrunsAt(state) : null,
    state.approvalAskAt,
    state.updates.remindAt,
    state.updates.responders.dueAt,
    state.updates.everyone?.dueAt ?? null,
    state.resolved?.announceAt ?? null,
    state.remindOfCauseAt,
    closesAt(state),
    ...state.notices.map(({ dueAt }) => dueAt),
  ].filter((at) => at !== null);
  return due.length === 0 ? null : Math.min(...due);
}

function reached(at: number | null | undefined, now: number): boolean {
  return at !== null && at !== undefined && at <= now;
}

/** Nobody answered: the next level; after the last one from the beginning, until a person answers or closes. */
function escalate(state: IncidentState, now: number): void {
  if (state.status !== 'triggered' || !reached(state.nextLevelAt, now)) return;
  const last = state.level >= levelsOf(state).length - 1;
  say(
    state,
    now,
    'kintsugi',
    last ? 'nobody answered at any level: it begins anew' : `nobody answered at level ${state.level + 1}`,
    '',
  );
  callLevel(state, now, last ? 0 : state.level + 1);
}

/** An acknowledgement does not count for ever. */
function expire(state: IncidentState, now: number): void {
  if (!isOpen(state) || state.responder === null || !reached(state.responder.until, now)) return;
  const { person } = state.responder;
  const snoozed = state.snoozedUntil !== null;
  state.responder = null;
  state.snoozedUntil = null;
  state.status = 'triggered';
  const name = nameOf(state, person);
  const what = snoozed ? `the snooze of ${name} is over` : `nothing was heard of ${name}: the acknowledgement expired`;
  say(state, now, 'kintsugi', what, '');
  callLevel(state, now, 0, { say: snoozed ? 'snoozeOver' : 'expired', name });
}

function missRto(state: IncidentState, now: number): void {
  if (!isOpen(state) || state.rtoMissedTold || !reached(rtoEndsAt(state), now)) return;
  state.rtoMissedTold = true;
  climb(state, now, { say: 'rtoMissed' });
}

/** @returns when the running step of the recovery has taken as long as it should; null if that was told, or nothing is known. */
function overrunsAt({ recovery, overrunTold }: IncidentState): number | null {
  if (recovery?.running == null || recovery.running.expectedMs === null) return null;
  const { since, expectedMs } = recovery.running;
  return overrunTold === stepOf(recovery) ? null : Date.parse(since) + expectedMs;
}

function stepOf({ runId, running }: NonNullable<IncidentState['recovery']>): string {
  return `${runId}/${running?.title ?? ''}`;
}

function overrun(state: IncidentState, now: number): void {
  const { recovery } = state;
  if (!isOpen(state) || recovery?.running == null || !reached(overrunsAt(state), now)) return;
  state.overrunTold = stepOf(recovery);
  climb(state, now, { say: 'overrun', step: recovery.running.title, procedure: recovery.workflowId });
}

/** Calls the next level beside who has it; where nobody has it yet, the next level's time has come. */
function climb(state: IncidentState, now: number, why: Phrase): void {
  say(state, now, 'kintsugi', sentence(why), '');
  const next = Math.min(state.level + 1, levelsOf(state).length - 1);
  if (state.status === 'triggered') {
    callLevel(state, now, next, why);
    return;
  }
  state.level = next;
  if (state.responder !== null && state.policy.people[state.responder.person] !== undefined)
    callPeople(state, now, `responder-${next}`, [state.responder.person], why, 'whileOpen');
  callLevel(state, now, next, why, { inform: true });
}

/** The timeline's lines begin small and have no full stop. */
function sentence(why: Phrase): string {
  const text = inEnglish(why).replace(/\.$/, '');
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}

/** An unanswered request is said again to more people each time; it never approves itself. */
function askApproval(state: IncidentState, now: number): void {
  if (!reached(state.approvalAskAt, now) || state.recovery?.approval == null) return;
  const { approval } = state.recovery;
  if (state.approvalAsked) {
    say(state, now, 'kintsugi', 'the request for an approval is unanswered', approval.text);
    state.level = Math.min(state.level + 1, levelsOf(state).length - 1);
    if (state.status !== 'triggered')
      callLevel(state, now, state.level, { say: 'approvalNeeded' }, { inform: true, onlyNew: true });
  }
  state.approvalAsked = true;
  state.approvalRound += 1;
  for (const person of whoMayApprove(state))
    addNotice(state, now, {
      kind: 'approvalRequest',
      level: `approval-${state.recovery.workflowId}`,
      round: state.approvalRound,
      person,
      purpose: 'untilApproved',
    });
  state.approvalAskAt = now + milliseconds(state.policy.approvals.remindEvery);
}

/** @returns who was called and may approve; where none of them may, everybody who may: else the request could never be answered. */
function whoMayApprove(state: IncidentState): string[] {
  const may = (person: string) => denied(state.policy, person, 'approve') === null;
  const called = responders(state).filter(may);
  const all = called.length > 0 ? called : Object.keys(state.policy.people).filter(may);
  return all.length > 0 ? all : [anybody];
}

function remind(state: IncidentState, now: number): void {
  if (!reached(state.updates.remindAt, now)) return;
  state.updates.remindAt = null;
  const { responder } = state;
  // After a time without a worker the update itself goes out now.
  if (responder === null || state.snoozedUntil !== null || reached(state.updates.responders.dueAt, now)) return;
  if (state.policy.people[responder.person] === undefined) return;
  addNotice(state, now, {
    kind: 'reminder',
    level: 'reminder',
    person: responder.person,
    purpose: 'whileOpen',
    text: { say: 'updateDue' },
  });
}

/** Nobody wrote one: what is known goes out by itself; a second one in a row is escalated. */
function update(state: IncidentState, now: number): void {
  const { updates } = state;
  const rule = ruleOf(state).updates;
  const toAll = reached(updates.everyone?.dueAt, now);
  const toResponders = reached(updates.responders.dueAt, now);
  if (!toAll && !toResponders) return;
  const audience = toAll ? everyone(state) : responders(state);
  updates.count += 1;
  updates.missed += 1;
  say(state, now, 'kintsugi', `status update to ${toAll ? 'everyone' : 'the responders'}`, 'nobody wrote one');
  for (const person of audience.length > 0 ? audience : [anybody])
    addNotice(state, now, { kind: 'statusUpdate', level: 'statusUpdate', round: updates.count, person, purpose: 'whileOpen' });
  if (toAll && updates.everyone !== null && rule.everyone !== undefined) advance(updates.everyone, rule.everyone, now);
  if (toResponders) {
    advance(updates.responders, rule.responders, now);
    const remindAt = (updates.responders.dueAt ?? now) - milliseconds(rule.remindBefore);
    updates.remindAt = remindAt > now ? remindAt : null;
  }
  if (updates.missed % missedBeforeEscalation !== 0 || state.snoozedUntil !== null || state.status === 'triggered') return;
  climb(state, now, { say: 'updatesOverdue', times: updates.missed });
}

function announce(state: IncidentState, now: number): void {
  if (state.status !== 'resolved' || state.resolved === null || !reached(state.resolved.announceAt, now)) return;
  state.resolved = { ...state.resolved, announceAt: null };
  if (state.flapping) say(state, now, 'kintsugi', 'has stopped flapping', '');
  state.flapping = false;
  tellEveryone(state, now, 'resolutionUpdate', '');
}

function askCause(state: IncidentState, now: number): void {
  if (state.status !== 'resolved' || !reached(state.remindOfCauseAt, now)) return;
  state.remindOfCauseAt = now + milliseconds(state.policy.escalation.remindOfReportEvery);
  const asked = responders(state);
  say(state, now, 'kintsugi', 'root cause and prevention are asked for', '');
  for (const person of asked.length > 0 ? asked : [anybody])
    addNotice(state, now, {
      kind: 'reminder',
      level: 'cause',
      person,
      purpose: 'untilExplained',
      text: { say: 'causeDue', incident: state.workflowId },
    });
}

/** @returns when it closes by itself: it stayed away for long enough, and what is to be told was told. */
function closesAt(state: IncidentState): number | null {
  if (state.status !== 'resolved' || state.resolved === null || state.resolved.announceAt !== null) return null;
  if (demandsCause(state.severity) && state.cause === null) return null;
  return state.resolved.at + milliseconds(state.policy.escalation.reopenWithin);
}

function closeItself(state: IncidentState, now: number): void {
  if (!reached(closesAt(state), now)) return;
  state.status = 'closed';
  say(state, now, 'kintsugi', 'closed: it stayed away', '');
}
