/**
 * An incident as a machine without a clock: it is told what happened and what time it is, and says what is to be sent and when
 * it wants to be asked again. Everything that is due stands in its state, so a change of severity, a restart or a late timer
 * moves instants and neither loses nor doubles a message.
 *
 * What people and machines do to it is here; when it speaks by itself is in `./due.ts`, how its messages go their way in
 * `./notices.ts`.
 */
import type { Severity } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { callLevel, callPeople, deadline, tellEveryone } from './call.ts';
import type { CauseInput, IncidentPolicy, Occurrence, RecoveryNews } from './contract.ts';
import { demandsCause, isOpen, nameOf, ruleOf, say } from './facts.ts';
import { addNotice, dropNotices } from './notices.ts';
import { personNamed } from './permission.ts';
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

/** The problem is reported once more: a note while it is open, a new occurrence of the same incident when it had ended. */
export function occur(state: IncidentState, occurrence: Occurrence, now: number): void {
  if (state.status === 'closed') return;
  const who = occurrence.openedBy || 'kintsugi';
  state.occurrences = [...state.occurrences, now].slice(-100);
  state.occurrenceCount += 1;
  if (isOpen(state)) {
    say(state, now, who, `reported again: ${occurrence.problem}`, occurrence.impact);
    if (occurrence.severity < state.severity)
      changeSeverity(state, { severity: occurrence.severity, by: who, reason: 'reported again' }, now);
    return;
  }
  const withdrawn = state.resolved?.announceAt !== null;
  state.resolved = null;
  state.remindOfCauseAt = null;
  dropNotices(state, ['whileResolved', 'untilExplained']);
  state.since = now;
  state.rtoMissedTold = false;
  if (occurrence.severity < state.severity) state.severity = occurrence.severity;
  say(
    state,
    now,
    who,
    `came back: ${occurrence.problem}${withdrawn ? '; “resolved” was not announced yet and is withdrawn' : ''}`,
    occurrence.impact,
  );
  noticeFlapping(state, now);
  startUpdates(state, now);
  // An acknowledgement outlives a short recovery.
  if (state.responder !== null && state.responder.until > now) {
    state.status = 'acknowledged';
    if (!state.flapping) callPeople(state, now, 'reopened', [state.responder.person], 'It came back.', 'whileOpen');
    return;
  }
  state.responder = null;
  state.status = 'triggered';
  if (state.flapping) {
    state.nextLevelAt = deadline(state, now, state.level);
    return;
  }
  callLevel(state, now, 0, 'It came back.');
  tellEveryone(state, now, 'incidentNotification', 'It came back.');
}

function noticeFlapping(state: IncidentState, now: number): void {
  const { times, within } = state.policy.escalation.flapping;
  const recent = state.occurrences.filter((at) => now - at <= milliseconds(within));
  if (state.flapping || recent.length < times) return;
  state.flapping = true;
  say(state, now, 'kintsugi', `is flapping: ${recent.length} times within ${within}`, '');
  tellEveryone(state, now, 'statusUpdate', `flapping: ${recent.length}× / ${within}`);
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
  dropNotices(state, ['untilAcknowledged']);
}

/** Whatever a person does is a sign of life: the acknowledgement counts on from here. */
function heardOf(state: IncidentState, by: string, now: number): void {
  const person = personNamed(state.policy.people, by) ?? by;
  if (state.responder?.person !== person) return;
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
  state.status = state.status === 'mitigated' ? 'mitigated' : 'triggered';
  say(state, now, input.by, `handed over to ${nameOf(state, to)}`, input.reason);
  dropNotices(state, ['untilAcknowledged']);
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
  say(state, now, input.by, `severity ${before} → ${input.severity}`, input.reason);
  if (!isOpen(state)) return `${before} → ${input.severity}`;
  restartUpdates(state, now);
  // A page that waits for its person's next way belongs to the old severity.
  dropNotices(state, ['untilAcknowledged']);
  if (state.status === 'triggered')
    callLevel(state, now, 0, `${before} → ${input.severity}`, { onlyNew: input.severity > before });
  else callLevel(state, now, 0, `${before} → ${input.severity}`, { onlyNew: true, inform: true });
  return `${before} → ${input.severity}; its people and times are those of ${input.severity} from now on`;
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
  dropNotices(state, ['untilAcknowledged', 'whileOpen', 'untilApproved']);
  const { recoveredAfter, flapping, reportWithin } = state.policy.escalation;
  const held = state.flapping ? flapping.within : recoveredAfter;
  state.resolved = { at: now, by: input.by, announceAt: now + milliseconds(held) };
  if (demandsCause(state.severity)) state.remindOfCauseAt = now + milliseconds(reportWithin);
  say(state, now, input.by, 'resolved', input.reason);
  return `resolved; it is announced in ${held}, unless the problem comes back before`;
}

/** @throws IncidentRefusal */
export function close(state: IncidentState, input: { by: string; reason: string }, now: number): string {
  if (state.status === 'closed') throw new IncidentRefusal('The incident is closed already.');
  const announced = state.resolved !== null && state.resolved.announceAt === null;
  dropNotices(state, ['untilAcknowledged', 'whileOpen', 'untilApproved', 'untilExplained', 'whileResolved']);
  state.status = 'closed';
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
  dropNotices(state, ['untilExplained']);
  say(state, now, input.by, 'explained', input.rootCause);
  tellEveryone(state, now, 'postIncidentReport', '', 'always');
  return 'thank you: the post-incident report goes to everybody with it';
}

/** Where its recovery is. A step that overruns, and a request that waits, make it speak: src/incident/due.ts. */
export function hearOfRecovery(state: IncidentState, news: RecoveryNews, now: number): void {
  if (state.status === 'closed') return;
  const before = state.recovery;
  state.recovery = news;
  if (!state.recoveries.some(({ runId }) => runId === news.runId)) {
    const { workflowId, runId, procedure } = news;
    state.recoveries = [...state.recoveries, { workflowId, runId, procedure }];
  }
  if (news.approval === null) {
    state.approvalAskAt = null;
    dropNotices(state, ['untilApproved']);
  } else if (before?.approval?.text !== news.approval.text || before.workflowId !== news.workflowId) {
    state.approvalAskAt = now;
    say(state, now, news.workflowId, 'waits for an approval', news.approval.text);
  }
  if (news.ended === null || (before?.ended !== null && before !== null && before.runId === news.runId)) return;
  say(state, now, news.workflowId, news.ended.well ? 'recovered' : 'the recovery did not succeed', news.ended.text);
  if (!isOpen(state)) return;
  if (news.ended.well) resolve(state, { by: news.workflowId, reason: news.ended.text }, now);
  else {
    state.responder = null;
    state.status = 'triggered';
    callLevel(state, now, 0, news.ended.text);
  }
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
  if (isOpen(state)) restartUpdates(state, now);
  return `it follows the plan ${input.planSha256.slice(0, 12)} from now on`;
}

/** Somebody tried what he may not: it stands in the timeline. */
export function noteDenied(state: IncidentState, by: string, what: string, why: string, now: number): void {
  say(state, now, by, `denied: ${what}`, why);
}

function tellCalled(state: IncidentState, now: number, kind: 'acknowledgement', except: string): void {
  for (const person of state.called)
    if (person !== except) addNotice(state, now, { kind, level: kind, person, purpose: 'whileOpen' });
}

function mustBeOpen(state: IncidentState): void {
  if (!isOpen(state))
    throw new IncidentRefusal(
      state.status === 'closed' ? 'The incident is closed.' : 'The incident is resolved; if the problem is back, open it again.',
    );
}
