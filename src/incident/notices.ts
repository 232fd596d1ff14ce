/** Messages on their way: how they are put there and taken back. How they leave: `./departures.ts`; what becomes of them: `./settle.ts`. */
import type { MessageKind } from '../channels/contract.ts';
import { type Way, waysTo } from '../channels/ways.ts';
import type { Plan } from '../plan/schema.ts';
import { keyOf, noteUnsent, wasTried } from './attempts.ts';
import { afterQuietHours } from './calendar.ts';
import { isOpen, ruleOf } from './facts.ts';
import type { IncidentState, Notice, Purpose } from './state.ts';

type New = Pick<Notice, 'kind' | 'level' | 'person' | 'purpose'> &
  Partial<Pick<Notice, 'round' | 'text' | 'wantsAnswer' | 'ways'>>;

/**
 * Puts a message on its way. An update that was not sent yet is replaced by a newer one to the same person, unless a person wrote
 * it; a call, by a newer call of the same person.
 */
export function addNotice(state: IncidentState, now: number, notice: New): void {
  const wantsAnswer = notice.wantsAnswer ?? false;
  takeBack(state, now, 'a newer one says it', (other) => {
    if (other.person !== notice.person || other.dueAt === null) return false;
    if (wantsAnswer) return other.wantsAnswer && other.purpose === notice.purpose;
    return notice.kind === 'statusUpdate' && other.kind === 'statusUpdate' && other.text === '';
  });
  state.noticeCount += 1;
  const first = !state.greeted.includes(notice.person);
  if (first) state.greeted.push(notice.person);
  state.notices.push({
    ...notice,
    number: state.noticeCount,
    round: notice.round ?? state.noticeCount,
    text: notice.text ?? '',
    wantsAnswer,
    ways: notice.ways ?? waysFor(state, notice.person, notice.kind, wantsAnswer),
    way: 0,
    dueAt: quietUntil(state, notice.person, now),
    unanswered: false,
    // What says that a limit holds others back is not held back itself.
    first: first || notice.kind === 'limit',
    carries: [],
  });
}

/** @returns the instant at which a message to a person may leave: at once, or at the end of the person's quiet hours. */
export function quietUntil(state: IncidentState, person: string, at: number): number {
  return ruleOf(state).quietHours ? afterQuietHours(state.policy, person, at) : at;
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
  const others = rest.length > 0 ? rest : ways.filter((way) => !alerts.includes(way));
  return [...alerts, ...others];
}

/** Takes messages back that are not out yet, and the further ways of those that are; what never left is noted with the reason. */
export function takeBack(state: IncidentState, now: number, why: string, which: (notice: Notice) => boolean): void {
  const taken = state.notices.filter(which);
  state.notices = state.notices.filter((notice) => !taken.includes(notice));
  for (const notice of taken) if (!wasTried(notice)) noteUnsent(state, notice, now, why);
}

/** Takes back what has one of these purposes: it is served, or can't be any more. */
export function dropNotices(state: IncidentState, now: number, purposes: readonly Purpose[]): void {
  takeBack(state, now, `taken back: the incident is ${state.status}, ${state.severity}`, ({ purpose }) =>
    purposes.includes(purpose),
  );
}

/** @returns whether what a message is for still holds. */
export function holds(state: IncidentState, { purpose }: Notice): boolean {
  switch (purpose) {
    case 'untilAcknowledged':
      return state.status === 'triggered';
    case 'whileOpen':
      return isOpen(state);
    case 'whileResolved':
      return state.status === 'resolved' || state.status === 'closed';
    case 'untilApproved':
      return isOpen(state) && state.recovery !== null && state.recovery.approval !== null;
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

/** @returns by what messages of one incident are kept together. */
export function threadOf({ channel, address }: Way): string {
  return `${channel} ${address}`;
}

/** Puts one notice in the place of another. */
export function replace(state: IncidentState, old: Notice, next: Notice): void {
  state.notices = state.notices.map((notice) => (notice === old ? next : notice));
}
