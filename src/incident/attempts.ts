import type { SentMessage } from '../channels/contract.ts';
import type { Attempt } from './contract.ts';
import { keep } from './facts.ts';
import type { IncidentState, Notice, Outgoing } from './state.ts';

/** @returns incident, level, round, recipient, channel; a person's second way over one channel has a number. */
export function keyOf(state: IncidentState, { level, round, person, ways, way }: Notice): string {
  const channel = ways[way]?.channel ?? 'none';
  const same = ways.slice(0, way).filter((other) => other.channel === channel).length;
  return `${state.key}/${level}/${round}/${person}/${channel}${same === 0 ? '' : `-${same + 1}`}`;
}

/** Writes down that a message is not sent, and why: what was meant for a person leaves a trace in any case. */
export function noteUnsent(state: IncidentState, notice: Notice, now: number, why: string): void {
  const { channel, address } = notice.ways[notice.way] ?? { channel: 'terminal', address: '' };
  const sent: SentMessage = {
    key: keyOf(state, notice),
    recipient: notice.person,
    channel,
    address,
    kind: notice.kind,
    providerId: null,
    outcome: 'nothingSent',
    why,
    at: new Date(now).toISOString(),
  };
  state.unwritten.attempts.push(sent);
  const { key, recipient, outcome, providerId, at } = sent;
  note(state, { key, kind: notice.kind, recipient, channel, subject: '', at, outcome, why, providerId });
}

/** Notes that a message is being sent. */
export function noteSending(state: IncidentState, { message }: Outgoing, now: number): void {
  const { key, kind, recipient, channel, subject } = message;
  const at = new Date(now).toISOString();
  note(state, { key, kind, recipient: recipient.id, channel, subject, at, outcome: 'sending', why: '', providerId: null });
}

/** Notes what became of it. */
export function noteOutcome(state: IncidentState, sent: SentMessage): void {
  const entry = state.attempts.findLastIndex(({ key, outcome }) => key === sent.key && outcome === 'sending');
  const { outcome, why, providerId, at } = sent;
  state.attempts = state.attempts.map((attempt, index) =>
    index === entry ? { ...attempt, outcome, why, providerId, at } : attempt,
  );
}

/** @returns whether a message of this key was handed to its channel before: it may have arrived. */
export function wasTried(notice: Notice): boolean {
  return notice.dueAt === null || notice.unanswered || notice.way > 0;
}

function note(state: IncidentState, attempt: Omit<Attempt, 'severity'>): void {
  state.attempts = keep(state.attempts, { ...attempt, severity: state.severity });
}
