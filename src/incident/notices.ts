import type { MessageKind, OutgoingMessage, SentMessage } from '../channels/contract.ts';
import { type Way, waysTo } from '../channels/ways.ts';
import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { afterQuietHours } from './calendar.ts';
import { isOpen, keep, nameOf, ruleOf, say } from './facts.ts';
import type { IncidentState, Notice, Purpose } from './state.ts';
import { compose } from './texts.ts';

type New = Pick<Notice, 'kind' | 'level' | 'person' | 'purpose'> & Partial<Pick<Notice, 'round' | 'text' | 'wantsAnswer'>>;

/** Puts a message on its way. An update that was not sent yet is replaced by a newer one to the same person. */
export function addNotice(state: IncidentState, now: number, notice: New): void {
  if (notice.kind === 'statusUpdate')
    state.notices = state.notices.filter(
      (other) => other.kind !== 'statusUpdate' || other.person !== notice.person || other.dueAt === null,
    );
  state.noticeCount += 1;
  const first = !state.greeted.includes(notice.person);
  if (first) state.greeted.push(notice.person);
  const wantsAnswer = notice.wantsAnswer ?? false;
  state.notices.push({
    ...notice,
    number: state.noticeCount,
    round: notice.round ?? state.noticeCount,
    text: notice.text ?? '',
    wantsAnswer,
    ways: waysFor(state, notice.person, notice.kind, wantsAnswer),
    way: 0,
    dueAt: ruleOf(state).quietHours ? afterQuietHours(state.policy, notice.person, now) : now,
    unanswered: false,
    first,
  });
}

/** Calls go over the person's ways as the plan orders them; what only informs does not ring, as long as there is another way. */
function waysFor(state: IncidentState, person: string, kind: MessageKind, wantsAnswer: boolean): readonly Way[] {
  const ways = waysTo(state.policy as Plan, person);
  if (wantsAnswer) return ways;
  const quiet = ways.filter(
    ({ channel }) => channel === 'email' || channel === 'slack' || channel === 'webhook' || channel === 'terminal',
  );
  // An alert at PagerDuty is to follow what happens here: see src/channels/pagerduty.ts.
  const alerts =
    kind === 'acknowledgement' || kind === 'resolutionUpdate' ? ways.filter(({ channel }) => channel === 'pagerduty') : [];
  const texts = ways.filter(({ channel }) => channel === 'sms');
  const rest = [...quiet, ...texts];
  return [...alerts, ...(rest.length > 0 ? rest : ways)];
}

/** Takes messages back that are not out yet, and the further ways of those that are. */
export function dropNotices(state: IncidentState, purposes: readonly Purpose[]): void {
  state.notices = state.notices.filter(({ purpose }) => !purposes.includes(purpose));
}

/** @returns whether what a message is for still holds. */
function holds(state: IncidentState, { purpose }: Notice): boolean {
  switch (purpose) {
    case 'untilAcknowledged':
      return state.status === 'triggered';
    case 'whileOpen':
      return isOpen(state);
    case 'whileResolved':
      return state.status === 'resolved' || state.status === 'closed';
    case 'untilApproved':
      return isOpen(state) && state.recovery?.approval !== null && state.recovery !== null;
    case 'untilExplained':
      return state.status === 'resolved' && state.cause === null;
    case 'always':
      return true;
  }
}

/** @returns whether a message is still wanted, asked just before it is sent. */
export function wanted(state: IncidentState, key: string): { wanted: boolean; why: string } {
  const notice = state.notices.find((each) => keyOf(state, each) === key);
  if (notice === undefined) return { wanted: false, why: `taken back: the incident is ${state.status}, ${state.severity}` };
  return holds(state, notice) ? { wanted: true, why: '' } : { wanted: false, why: `the incident is ${state.status} now` };
}

/** @returns incident, level, round, recipient, channel; a person's second way over one channel has a number. */
function keyOf(state: IncidentState, { level, round, person, ways, way }: Notice): string {
  const channel = ways[way]?.channel ?? 'none';
  const same = ways.slice(0, way).filter((other) => other.channel === channel).length;
  return `${state.key}/${level}/${round}/${person}/${channel}${same === 0 ? '' : `-${same + 1}`}`;
}

/** A message as it leaves, and whether a limit may hold it back. */
export interface Outgoing {
  readonly message: OutgoingMessage;
  readonly first: boolean;
  /** Whether it is a call, and whether it goes over the last of the person's ways. */
  readonly wantsAnswer: boolean;
  readonly last: boolean;
}

/** @returns what is due now. What informs one person over one way at one instant leaves as one message. */
export function takeDue(state: IncidentState, now: number): Outgoing[] {
  const outgoing: Outgoing[] = [];
  for (const notice of state.notices.filter(({ dueAt }) => dueAt !== null && dueAt <= now)) {
    if (!state.notices.includes(notice)) continue;
    if (!holds(state, notice)) {
      remove(state, notice);
      continue;
    }
    const next = notice.unanswered ? nextWay(state, notice, now, 'no answer') : notice;
    if (next === null) continue;
    const bundled = next.wantsAnswer ? [] : bundleOf(state, next, now);
    for (const other of bundled) {
      remove(state, other);
      noteAttempt(state, other, now, `in one message with ${keyOf(state, next)}`);
    }
    outgoing.push({
      message: messageOf(state, next, bundled, now),
      first: next.first,
      wantsAnswer: next.wantsAnswer,
      last: next.way + 1 === next.ways.length,
    });
    replace(state, next, { ...next, dueAt: null, unanswered: false });
  }
  return outgoing;
}

function bundleOf(state: IncidentState, notice: Notice, now: number): Notice[] {
  const to = notice.ways[notice.way];
  return state.notices.filter((other) => {
    const way = other.ways[other.way];
    return (
      other !== notice &&
      !other.wantsAnswer &&
      other.person === notice.person &&
      other.dueAt !== null &&
      other.dueAt <= now &&
      way?.channel === to?.channel &&
      way?.address === to?.address
    );
  });
}

function messageOf(state: IncidentState, notice: Notice, bundled: readonly Notice[], now: number): OutgoingMessage {
  const way = notice.ways[notice.way] as Way;
  const { language = 'en' } = state.policy.people[notice.person] ?? {};
  const texts = [notice, ...bundled].map((each) => compose(state, each, language, now));
  const thread = state.threads[threadOf(way)];
  const actions = texts.flatMap((text) => text.actions);
  return {
    key: keyOf(state, notice),
    incident: state.key,
    kind: notice.kind,
    severity: state.severity,
    recipient: { id: notice.person, name: nameOf(state, notice.person) },
    ...way,
    language,
    subject: texts[0]?.subject ?? '',
    text: texts.map(({ subject, text }, at) => (at === 0 ? text : `\n${subject}\n${text}`)).join('\n'),
    ...(thread === undefined ? {} : { thread }),
    ...(actions.length === 0 ? {} : { actions }),
  };
}

function threadOf({ channel, address }: Way): string {
  return `${channel} ${address}`;
}

/** What became of a message: a failure goes on to the person's next way at once, silence when its time is over. */
export function settle(state: IncidentState, sent: SentMessage, now: number): void {
  const entry = state.attempts.findIndex(({ key, outcome }) => key === sent.key && outcome === 'sending');
  const settled = { outcome: sent.outcome, why: sent.why, providerId: sent.providerId, at: sent.at };
  state.attempts = state.attempts.map((attempt, at) => (at === entry ? { ...attempt, ...settled } : attempt));
  const notice = state.notices.find((each) => each.dueAt === null && keyOf(state, each) === sent.key);
  if (notice === undefined) return;
  const way = notice.ways[notice.way] as Way;
  if (sent.outcome === 'held') {
    replace(state, notice, { ...notice, dueAt: Math.max(now + 1, Date.parse(sent.until ?? sent.at)) });
    announceLimit(state, notice, way, sent.until ?? sent.at, now);
    return;
  }
  if (!holds(state, notice)) {
    remove(state, notice);
    return;
  }
  if (sent.outcome === 'failed' || sent.outcome === 'nothingSent') {
    nextWay(state, notice, now, sent.why);
    return;
  }
  if (sent.providerId !== null && (way.channel === 'slack' || way.channel === 'email'))
    state.threads[threadOf(way)] ??= sent.providerId;
  // Only the last of several ways is followed by none: the next level is called then.
  if (notice.wantsAnswer) {
    const answerWithin = milliseconds(state.policy.escalation.answerWithin);
    replace(state, notice, { ...notice, dueAt: now + answerWithin, unanswered: true });
  } else if (way.channel === 'pagerduty' && notice.way + 1 < notice.ways.length) {
    // PagerDuty has no words for people: they get them as well.
    replace(state, notice, { ...notice, way: notice.way + 1, dueAt: now });
  } else remove(state, notice);
}

/** @returns the message on its next way, due at once; null if there is none. */
function nextWay(state: IncidentState, notice: Notice, now: number, why: string): Notice | null {
  if (notice.way + 1 < notice.ways.length) {
    const next = { ...notice, way: notice.way + 1, dueAt: now, unanswered: false };
    replace(state, notice, next);
    return next;
  }
  remove(state, notice);
  if (!notice.wantsAnswer && notice.kind !== 'approvalRequest') {
    if (why !== 'no answer')
      say(state, now, 'kintsugi', `${nameOf(state, notice.person)} was not reached with a ${notice.kind}`, why);
    return null;
  }
  say(
    state,
    now,
    'kintsugi',
    `${nameOf(state, notice.person)} ${why === 'no answer' ? 'did not answer' : 'was not reached'} over ${notice.ways.map(({ channel }) => channel).join(', ')}`,
    why === 'no answer' ? '' : why,
  );
  noticeUnreachable(state, notice, now, why);
  return null;
}

/** Where every way to everybody of the level failed, nobody is waited for. */
function noticeUnreachable(state: IncidentState, { level, round }: Notice, now: number, why: string): void {
  if (why === 'no answer' || state.nextLevelAt === null || level !== String(state.level)) return;
  const others = state.notices.some((other) => other.level === level && other.round === round);
  if (others || state.level >= ruleOf(state).escalateTo.length) return;
  say(state, now, 'kintsugi', 'nobody of this level can be reached: the next one is called at once', '');
  state.nextLevelAt = now;
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
  addNotice(state, now, { kind: 'limit', level: 'limit', person: notice.person, purpose: 'always', text: until });
  const announced = state.notices.at(-1);
  if (announced !== undefined) replace(state, announced, { ...announced, ways: [way], first: true });
}

function noteAttempt(state: IncidentState, notice: Notice, now: number, why: string): void {
  const way = notice.ways[notice.way] as Way;
  const at = new Date(now).toISOString();
  const sent: SentMessage = {
    key: keyOf(state, notice),
    recipient: notice.person,
    ...way,
    kind: notice.kind,
    providerId: null,
    outcome: 'nothingSent',
    why,
    at,
  };
  state.unwritten.attempts.push(sent);
  state.attempts = keep(state.attempts, attemptOf(state, notice, sent));
}

/** Notes that a message is being sent. */
export function noteSending(state: IncidentState, { message }: Outgoing, now: number): void {
  const { key, kind, severity, recipient, channel, subject } = message;
  const at = new Date(now).toISOString();
  state.attempts = keep(state.attempts, {
    key,
    kind,
    severity,
    recipient: recipient.id,
    channel,
    subject,
    at,
    outcome: 'sending',
    why: '',
    providerId: null,
  });
}

function attemptOf(state: IncidentState, notice: Notice, { key, recipient, channel, outcome, why, providerId, at }: SentMessage) {
  return { key, kind: notice.kind, severity: state.severity, recipient, channel, subject: '', at, outcome, why, providerId };
}

function replace(state: IncidentState, old: Notice, next: Notice): void {
  state.notices = state.notices.map((notice) => (notice === old ? next : notice));
}

function remove(state: IncidentState, notice: Notice): void {
  state.notices = state.notices.filter((other) => other !== notice);
}
