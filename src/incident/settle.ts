/** What becomes of a message that has left: it arrived, failed, was held back, or was called back. */
import type { SentMessage } from '../channels/contract.ts';
import type { Way } from '../channels/ways.ts';
import { milliseconds } from '../plan/units.ts';
import { keyOf, noteOutcome } from './attempts.ts';
import { anybody } from './call.ts';
import { nameOf, ruleOf, say } from './facts.ts';
import { addNotice, holds, quietUntil, replace, threadOf } from './notices.ts';
import type { IncidentState, Notice } from './state.ts';

/** What became of a message: a failure goes on to the person's next way at once, silence when its time is over. */
export function settle(state: IncidentState, sent: SentMessage, now: number): void {
  noteOutcome(state, sent);
  const notice = inFlight(state, sent.key);
  if (notice === undefined) return;
  const way = notice.ways[notice.way] as Way;
  if (!holds(state, notice)) {
    remove(state, notice);
    return;
  }
  switch (sent.outcome) {
    case 'held':
      hold(state, notice, way, sent.until ?? sent.at, now);
      return;
    case 'failed':
    case 'nothingSent':
      nextWay(state, notice, now, sent.why);
      return;
    case 'accepted':
    case 'delivered':
      arrived(state, notice, way, sent.providerId, now);
  }
}

/** The sending was called back before its end was known: it is done again, with the same key, by who goes on with the incident. */
export function putBack(state: IncidentState, key: string, now: number): void {
  const notice = inFlight(state, key);
  state.attempts = state.attempts.filter((attempt) => attempt.key !== key || attempt.outcome !== 'sending');
  if (notice !== undefined) replace(state, notice, { ...notice, dueAt: now });
}

function inFlight(state: IncidentState, key: string): Notice | undefined {
  return state.notices.find((each) => each.dueAt === null && keyOf(state, each) === key);
}

function arrived(state: IncidentState, notice: Notice, way: Way, providerId: string | null, now: number): void {
  if (providerId !== null && (way.channel === 'slack' || way.channel === 'email')) state.threads[threadOf(way)] ??= providerId;
  // Only the last of several ways is followed by none: the next level is called then.
  if (notice.wantsAnswer) {
    const answerWithin = milliseconds(state.policy.escalation.answerWithin);
    replace(state, notice, { ...notice, dueAt: now + answerWithin, unanswered: true });
  } else if (way.channel === 'pagerduty' && notice.way + 1 < notice.ways.length) {
    // PagerDuty has no words for people: they get them as well.
    replace(state, notice, { ...notice, way: notice.way + 1, dueAt: now });
  } else remove(state, notice);
}

/** A call does not wait for room on one way when there is another; everything else waits, and comes as one message. */
function hold(state: IncidentState, notice: Notice, way: Way, until: string, now: number): void {
  if (notice.wantsAnswer && notice.way + 1 < notice.ways.length) nextWay(state, notice, now, 'held back by a limit');
  else replace(state, notice, { ...notice, dueAt: Math.max(now + 1, Date.parse(until)) });
  announceLimit(state, notice, way, until, now);
}

/** @returns the message on its next way, due at once or when it is no longer quiet; null if there is none. */
export function nextWay(state: IncidentState, notice: Notice, now: number, why: string): Notice | null {
  if (notice.way + 1 < notice.ways.length) {
    const next = { ...notice, way: notice.way + 1, dueAt: quietUntil(state, notice.person, now), unanswered: false };
    replace(state, notice, next);
    return next;
  }
  remove(state, notice);
  const silent = why === 'no answer';
  if (!notice.wantsAnswer && notice.kind !== 'approvalRequest') {
    if (!silent) say(state, now, 'kintsugi', `${nameOf(state, notice.person)} was not reached with a ${notice.kind}`, why);
    return null;
  }
  const over = notice.ways.map(({ channel }) => channel).join(', ');
  const what = silent ? 'did not answer' : 'was not reached';
  say(state, now, 'kintsugi', `${nameOf(state, notice.person)} ${what} over ${over}`, silent ? '' : why);
  if (!silent) noticeUnreachable(state, notice, now);
  return null;
}

/** Where every way to everybody who was called failed, nobody is waited for; where no level is left, the worker's machine says it. */
function noticeUnreachable(state: IncidentState, { purpose, round }: Notice, now: number): void {
  if (purpose !== 'untilAcknowledged' || state.status !== 'triggered' || round !== state.round) return;
  if (state.notices.some((other) => other.purpose === purpose && other.round === round)) return;
  if (state.level < ruleOf(state).escalateTo.length) {
    say(state, now, 'kintsugi', 'nobody of this level can be reached: the next one is called at once', '');
    state.nextLevelAt = now;
    return;
  }
  say(state, now, 'kintsugi', 'nobody can be reached at all: it stands on the terminal of the worker and in its file', '');
  addNotice(state, now, { kind: 'incidentNotification', level: 'unreachable', person: anybody, purpose });
}

function announceLimit(state: IncidentState, notice: Notice, way: Way, until: string, now: number): void {
  const about = `${notice.person} ${way.channel}`;
  if ((state.limitsTold[about] ?? 0) > now) return;
  state.limitsTold[about] = Date.parse(until);
  say(
    state,
    now,
    'kintsugi',
    `further messages to ${nameOf(state, notice.person)} by ${way.channel} wait until ${until} and come as one`,
    'limit of the plan',
  );
  addNotice(state, now, { kind: 'limit', level: 'limit', person: notice.person, purpose: 'always', text: until, ways: [way] });
}

function remove(state: IncidentState, notice: Notice): void {
  state.notices = state.notices.filter((other) => other !== notice);
}
