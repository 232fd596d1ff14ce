/**
 * An incident as a machine without a clock: it is told what happened and what time it is, and says what is to be sent and when
 * it wants to be asked again. Everything that is due stands in its state, so a change of severity, a restart or a late timer
 * moves instants and neither loses nor doubles a message.
 *
 * What people and machines do to it is here; when it speaks by itself is in `./due.ts`, how its messages go their way in
 * `./notices.ts`; what it hears of a recovery in `./recovery.ts`, and of a problem that comes back in `./occur.ts`.
 */

import { waysTo } from '../channels/ways.ts';
import type { Plan, Severity } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { callLevel, callPeople, deadline, levelsOf, onCallFor, tellEveryone } from './call.ts';
import type { CauseInput, IncidentPolicy, Occurrence } from './contract.ts';
import { demandsCause, isOpen, nameOf, ruleOf, say } from './facts.ts';
import { addNotice, dropNotices, quietUntil, takeBack } from './notices.ts';
import { personNamed } from './permission.ts';
import type { Words } from './phrases.ts';
import type { IncidentState } from './state.ts';
import { restartUpdates, startUpdates, stopUpdates } from './updates.ts';

/** What is refused, with the reason: for the person who asked. Nothing was changed then. */
export class IncidentRefusal extends Error {}

export interface NewIncident {
  readonly workflowId: string;
  readonly key: string;
  readonly policy: IncidentPolicy;
  readonly planSha256: string;
  readonly occurrence: Occurrence;
  readonly rtoMs: number;
}

/** Opens an incident: the first level is called at once. */
export function openIncident(
  { workflowId, key, policy, planSha256, occurrence, rtoMs }: NewIncident,
  now: number,
): IncidentState {
  const state: IncidentState = {
    workflowId,
    key,
    policy,
    planSha256,
    problem: occurrence.problem,
    impact: occurrence.impact,
    severity: occurrence.severity,
    status: 'triggered',
    openedBy: occurrence.openedBy,
    openedAt: now,
    since: occurrence.since === undefined ? now : Date.parse(occurrence.since),
    rtoMs,
    rtoMissedTold: false,
    occurrences: [now],
    occurrenceCount: 1,
    flapping: false,
    responder: null,
    snoozedUntil: null,
    level: 0,
    round: 0,
    nextLevelAt: null,
    called: [],
    updates: { responders: { lastAt: now, dueAt: null }, everyone: null, remindAt: null, missed: 0, count: 0 },
    greeted: [],
    notices: [],
    noticeCount: 0,
    threads: {},
    limitsTold: {},
    resolved: null,
    cause: null,
    remindOfCauseAt: null,
    recovery: null,
    recoveries: [],
    report: null,
    overrunTold: null,
    approvalAskAt: null,
    approvalRound: 0,
    approvalAsked: false,
    timeline: [],
    timelineCount: 0,
    attempts: [],
    unwritten: { entries: [], attempts: [] },
  };
  say(state, now, occurrence.openedBy || 'kintsugi', `opened as ${state.severity}: ${state.problem}`, occurrence.impact);
  callLevel(state, now, 0);
  tellEveryone(state, now, 'incidentNotification', '');
  startUpdates(state, now);
  return state;
}

/** @throws IncidentRefusal */
export function acknowledge(state: IncidentState, { by, reason }: { by: string; reason: string }, now: number): string {
  mustBeOpen(state);
  const person = personNamed(state.policy.people, by) ?? by;
  const again = state.responder?.person === person;
  take(state, person, now);
  say(state, now, by, again ? 'acknowledged again' : 'acknowledged', reason);
  if (!again) tellCalled(state, now, 'acknowledgement', person);
  return `${nameOf(state, person)} has it; the acknowledgement counts ${ruleOf(state).acknowledgementLasts} from when the person was last heard of`;
}

function take(state: IncidentState, person: string, now: number): void {
  if (state.status === 'triggered') state.status = 'acknowledged';
  state.responder = { person, until: now + milliseconds(ruleOf(state).acknowledgementLasts) };
  state.snoozedUntil = null;
  state.nextLevelAt = null;
  if (!state.called.includes(person) && state.policy.people[person] !== undefined) state.called.push(person);
  takeBack(
    state,
    now,
    `${nameOf(state, person)} has it`,
    ({ wantsAnswer, purpose }) => wantsAnswer || purpose === 'untilAcknowledged',
  );
}

/** Whatever a person does is a sign of life: the acknowledgement counts on from here. */
function heardOf(state: IncidentState, by: string, now: number): void {
  const person = personNamed(state.policy.people, by) ?? by;
  // A snooze ends when its person said it would.
  if (state.responder?.person !== person || state.snoozedUntil !== null) return;
  const until = now + milliseconds(ruleOf(state).acknowledgementLasts);
  if (until > state.responder.until) state.responder = { person, until };
}

/** Gives the incident to somebody else, who is called and has to acknowledge. @throws IncidentRefusal */
export function handOver(state: IncidentState, input: { by: string; to: string; reason: string }, now: number): string {
  mustBeOpen(state);
  const to = personNamed(state.policy.people, input.to);
  if (to === null)
    throw new IncidentRefusal(
      `The plan knows nobody named ${input.to}; it knows ${Object.keys(state.policy.people).join(', ') || 'nobody'}.`,
    );
  state.responder = null;
  state.snoozedUntil = null;
  state.status = 'triggered';
  say(state, now, input.by, `handed over to ${nameOf(state, to)}`, input.reason);
  dropNotices(state, now, ['untilAcknowledged']);
  state.level = 0;
  callPeople(state, now, 'handover', [to], `${input.by}: ${input.reason}`, 'untilAcknowledged');
  state.nextLevelAt = deadline(state, now, 0);
  return `${nameOf(state, to)} is called and has to acknowledge; without an answer the next level is called`;
}

/** No calls, reminders or escalation until its end; then it is called anew. @throws IncidentRefusal */
export function snooze(state: IncidentState, input: { by: string; for: string; reason: string }, now: number): string {
  mustBeOpen(state);
  const length = milliseconds(input.for);
  if (length > milliseconds('24h')) throw new IncidentRefusal('At most 24h: whoever sleeps longer hands over.');
  const person = personNamed(state.policy.people, input.by) ?? input.by;
  take(state, person, now);
  const until = now + length;
  state.responder = { person, until };
  state.snoozedUntil = until;
  state.updates.remindAt = null;
  say(state, now, input.by, `snoozed for ${input.for}`, input.reason);
  return `quiet for ${input.for}; then ${nameOf(state, person)} is called again. Everybody else is kept informed meanwhile`;
}

/** Timers follow at once: whoever the new severity calls and was not called yet is called now. */
export function changeSeverity(
  state: IncidentState,
  input: { severity: Severity; by: string; reason: string },
  now: number,
): string {
  if (state.status === 'closed') throw new IncidentRefusal('The incident is closed.');
  const before = state.severity;
  if (before === input.severity) return `it is ${before} already`;
  state.severity = input.severity;
  heardOf(state, input.by, now);
  hurry(state, now);
  say(state, now, input.by, `severity ${before} → ${input.severity}`, input.reason);
  const answer = `${before} → ${input.severity}`;
  if (!isOpen(state)) {
    askCauseIfDemanded(state, now);
    return answer;
  }
  const raised = input.severity < before;
  const text = { say: 'severity', from: before, to: input.severity } as const;
  restartUpdates(state, now);
  if (state.status === 'triggered') {
    // A page that waits for its person's next way belongs to the old severity; one that is not out yet must not be lost.
    const stays = raised ? [] : onCallFor(state, ruleOf(state).notify, now);
    takeBack(
      state,
      now,
      answer,
      (page) => page.purpose === 'untilAcknowledged' && (page.unanswered || !stays.includes(page.person)),
    );
    callLevel(state, now, 0, text, { onlyNew: !raised });
  } else {
    if (raised) wake(state, input.by, text, now);
    callLevel(state, now, 0, text, { onlyNew: true, inform: true });
  }
  return `${before} → ${input.severity}; its people and times are those of ${input.severity} from now on`;
}

/** Nothing waits for the end of quiet hours that the severity has no more; what has just got them waits. */
function hurry(state: IncidentState, now: number): void {
  state.notices = state.notices.map((notice) =>
    notice.dueAt === null || notice.unanswered ? notice : { ...notice, dueAt: quietUntil(state, notice.person, now) },
  );
}

/** Who has it took something smaller: a snooze ends, the acknowledgement counts as long as the new severity's, and the person hears of it. */
function wake(state: IncidentState, by: string, text: Words, now: number): void {
  const { responder } = state;
  if (responder === null) return;
  state.snoozedUntil = null;
  state.responder = { ...responder, until: Math.min(responder.until, now + milliseconds(ruleOf(state).acknowledgementLasts)) };
  const { person } = responder;
  if (state.policy.people[person] === undefined || person === personNamed(state.policy.people, by)) return;
  callPeople(state, now, 'raised', [person], text, 'whileOpen');
}

/** A status update in a person's own words, to everybody at once. @throws IncidentRefusal */
export function writeStatus(state: IncidentState, input: { by: string; text: string }, now: number): string {
  mustBeOpen(state);
  heardOf(state, input.by, now);
  say(state, now, input.by, `status: ${input.text}`, '');
  tellEveryone(state, now, 'statusUpdate', `${input.by}: ${input.text}`);
  startUpdates(state, now);
  return 'it goes to everybody of the plan now';
}

/** Users are served again; the cause is still there. @throws IncidentRefusal */
export function mitigate(state: IncidentState, input: { by: string; reason: string }, now: number): string {
  mustBeOpen(state);
  take(state, personNamed(state.policy.people, input.by) ?? input.by, now);
  state.status = 'mitigated';
  say(state, now, input.by, 'mitigated', input.reason);
  tellEveryone(state, now, 'statusUpdate', `${input.by}: ${input.reason}`);
  return 'mitigated; it stays open until it is resolved';
}

/** The problem is gone. “Resolved” is held back a little, in case it comes back. @throws IncidentRefusal */
export function resolve(state: IncidentState, input: { by: string; reason: string }, now: number): string {
  mustBeOpen(state);
  state.status = 'resolved';
  state.nextLevelAt = null;
  state.snoozedUntil = null;
  state.approvalAskAt = null;
  stopUpdates(state);
  dropNotices(state, now, ['untilAcknowledged', 'whileOpen', 'untilApproved']);
  const { recoveredAfter, flapping } = state.policy.escalation;
  const held = state.flapping ? flapping.within : recoveredAfter;
  state.resolved = { at: now, by: input.by, announceAt: now + milliseconds(held) };
  askCauseIfDemanded(state, now);
  say(state, now, input.by, 'resolved', input.reason);
  return `resolved; it is announced in ${held}, unless the problem comes back before`;
}

function askCauseIfDemanded(state: IncidentState, now: number): void {
  if (state.status !== 'resolved' || state.cause !== null) return;
  const { reportWithin } = state.policy.escalation;
  state.remindOfCauseAt = demandsCause(state.severity) ? now + milliseconds(reportWithin) : null;
}

/** @throws IncidentRefusal */
export function close(state: IncidentState, input: { by: string; reason: string }, now: number): string {
  if (state.status === 'closed') throw new IncidentRefusal('The incident is closed already.');
  const announced = state.resolved !== null && state.resolved.announceAt === null;
  state.status = 'closed';
  dropNotices(state, now, ['untilAcknowledged', 'whileOpen', 'untilApproved', 'untilExplained', 'whileResolved']);
  state.nextLevelAt = null;
  state.remindOfCauseAt = null;
  state.approvalAskAt = null;
  stopUpdates(state);
  if (state.resolved !== null) state.resolved.announceAt = null;
  say(state, now, input.by, 'closed', input.reason);
  if (!announced) tellEveryone(state, now, 'resolutionUpdate', `${input.by}: ${input.reason}`, 'always');
  return 'closed; kintsugi report shows all of it';
}

/** Root cause and prevention plan: the post-incident report goes out with them. @throws IncidentRefusal */
export function explain(state: IncidentState, input: CauseInput, now: number): string {
  if (isOpen(state)) throw new IncidentRefusal('The incident is open: resolve it first.');
  state.cause = { ...input, at: now };
  state.remindOfCauseAt = null;
  dropNotices(state, now, ['untilExplained']);
  say(state, now, input.by, 'explained', input.rootCause);
  tellEveryone(state, now, 'postIncidentReport', '', 'always');
  return 'thank you: the post-incident report goes to everybody with it';
}

/** Takes the plan as it is now. */
export function adoptPolicy(
  state: IncidentState,
  input: { by: string; reason: string; policy: IncidentPolicy; planSha256: string },
  now: number,
): string {
  const before = state.planSha256.slice(0, 12);
  state.policy = input.policy;
  state.planSha256 = input.planSha256;
  say(state, now, input.by, `follows the plan ${input.planSha256.slice(0, 12)} from now on, before: ${before}`, input.reason);
  if (!isOpen(state)) return `it follows the plan ${input.planSha256.slice(0, 12)} from now on`;
  restartUpdates(state, now);
  if (state.status === 'triggered') {
    const next = state.nextLevelAt ?? Number.POSITIVE_INFINITY;
    callLevel(state, now, Math.min(state.level, levelsOf(state).length - 1), { say: 'planChanged' }, { onlyNew: true });
    state.nextLevelAt = Math.min(next, state.nextLevelAt ?? next);
  }
  return `it follows the plan ${input.planSha256.slice(0, 12)} from now on`;
}

/** Somebody tried what he may not: it stands in the timeline. */
export function noteDenied(state: IncidentState, by: string, what: string, why: string, now: number): void {
  say(state, now, by, `denied: ${what}`, why);
}

/** A signal that nobody can read: it stands in the timeline. */
export function noteUnread(state: IncidentState, what: string, why: string, now: number): void {
  say(state, now, 'kintsugi', `a signal “${what}” could not be read and is ignored`, why);
}

function tellCalled(state: IncidentState, now: number, kind: 'acknowledgement', except: string): void {
  for (const person of state.called) {
    const notice = { kind, level: kind, person, purpose: 'whileOpen' } as const;
    if (person !== except) addNotice(state, now, notice);
    else {
      // Who did it needs no word of it, but the alert at PagerDuty is to follow.
      const ways = waysTo(state.policy as Plan, person).filter(({ channel }) => channel === 'pagerduty');
      if (ways.length > 0) addNotice(state, now, { ...notice, ways });
    }
  }
}

function mustBeOpen(state: IncidentState): void {
  if (!isOpen(state))
    throw new IncidentRefusal(
      state.status === 'closed' ? 'The incident is closed.' : 'The incident is resolved; if the problem is back, open it again.',
    );
}
