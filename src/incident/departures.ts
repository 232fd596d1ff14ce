import type { OutgoingMessage } from '../channels/contract.ts';
import type { Way } from '../channels/ways.ts';
import { keyOf, noteUnsent } from './attempts.ts';
import { nameOf } from './facts.ts';
import { holds, replace, takeBack, threadOf } from './notices.ts';
import { nextWay } from './settle.ts';
import type { IncidentState, Notice, Outgoing } from './state.ts';
import { compose } from './texts.ts';

/** @returns what is due now. What informs one person over one way at one instant leaves as one message. */
export function takeDue(state: IncidentState, now: number): Outgoing[] {
  const outgoing: Outgoing[] = [];
  for (const notice of state.notices.filter(({ dueAt }) => dueAt !== null && dueAt <= now)) {
    if (!state.notices.includes(notice)) continue;
    if (!holds(state, notice)) {
      takeBack(state, now, `the incident is ${state.status} now`, (each) => each === notice);
      continue;
    }
    const next = notice.unanswered ? nextWay(state, notice, now, 'no answer') : notice;
    // Silence in quiet hours goes on in the morning.
    if (next === null || next.dueAt === null || next.dueAt > now) continue;
    const leaving = { ...next, dueAt: null, unanswered: false, carries: [...next.carries, ...takeAlong(state, next, now)] };
    replace(state, next, leaving);
    outgoing.push({
      message: messageOf(state, leaving, now),
      first: next.first,
      wantsAnswer: next.wantsAnswer,
      last: next.way + 1 === next.ways.length,
    });
  }
  return outgoing;
}

/** What has the same purpose goes along, and stays with its carrier until that has arrived: a way that fails loses none of them. */
function takeAlong(state: IncidentState, carrier: Notice, now: number): Notice[] {
  if (carrier.wantsAnswer) return [];
  const to = carrier.ways[carrier.way];
  const along = state.notices.filter((other) => {
    const way = other.ways[other.way];
    return (
      other !== carrier &&
      !other.wantsAnswer &&
      other.purpose === carrier.purpose &&
      other.person === carrier.person &&
      other.dueAt !== null &&
      other.dueAt <= now &&
      way?.channel === to?.channel &&
      way?.address === to?.address
    );
  });
  for (const other of along) {
    state.notices = state.notices.filter((each) => each !== other);
    noteUnsent(state, other, now, `in one message with ${keyOf(state, carrier)}`);
  }
  return along.flatMap((other) => [{ ...other, carries: [] }, ...other.carries]);
}

function messageOf(state: IncidentState, notice: Notice, now: number): OutgoingMessage {
  const way = notice.ways[notice.way] as Way;
  const { language = 'en' } = state.policy.people[notice.person] ?? {};
  const texts = [notice, ...notice.carries].map((each) => compose(state, each, language, now));
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
