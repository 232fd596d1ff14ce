import type { IncidentRecord } from '../../incident/record.ts';
import type { ActivityRun } from '../activities.ts';
import { bundledIn, type SentAnswer, sentOf } from './answers.ts';
import type { MessageRow } from './report.ts';

type People = IncidentRecord['people'];

/** @returns every message with what became of it, in the order in which they were sent; a retry is no message of its own. */
export function messagesIn(activities: readonly ActivityRun[], people: People): MessageRow[] {
  const own = activities.filter(({ name }) => name === 'sendMessage').flatMap((activity) => messageOf(activity, people) ?? []);
  const bundled = bundledIn(activities).map((answer) => row(answer, people, []));
  return [...own, ...bundled].toSorted((a, b) => a.at.localeCompare(b.at) || a.key.localeCompare(b.key));
}

function messageOf(activity: ActivityRun, people: People): MessageRow | null {
  const last = activity.attempts.at(-1);
  const failures = activity.attempts.flatMap(({ outcome, message }) =>
    outcome === 'failed' || outcome === 'lost' ? [reasonIn(message) ?? 'the worker ended in the middle of it'] : [],
  );
  const answer = sentOf(activity);
  if (answer !== null) return row(answer, people, failures);
  // Nobody answered for it: what it was is told by the failure of an attempt.
  const told = activity.attempts.map(({ message }) => toldIn(message)).find((found) => found !== null) ?? null;
  if (told === null && last?.outcome !== 'running') return null;
  const running = last?.outcome === 'running';
  return {
    at: activity.startedAt ?? '',
    key: told?.key ?? '',
    kind: null,
    subject: null,
    recipient: told?.recipient ?? '',
    channel: told?.channel ?? '',
    address: told?.address ?? '',
    providerId: null,
    outcome: running ? 'sending' : 'failed',
    why: running ? '' : (failures.at(-1) ?? ''),
    before: running ? failures : failures.slice(0, -1),
  };
}

function row(answer: SentAnswer, people: People, before: readonly string[]): MessageRow {
  return {
    at: answer.at,
    key: answer.key,
    kind: answer.kind ?? null,
    subject: answer.subject ?? null,
    recipient: people[answer.recipient]?.name ?? answer.recipient,
    channel: answer.channel,
    address: answer.address ?? '',
    providerId: answer.providerId ?? null,
    outcome: answer.outcome,
    why: answer.why,
    before,
  };
}

/** How src/activities/channels/send-message.ts says who was to get what over which way. */
const failure = /^(?<channel>\w+) to (?<recipient>.+?) \((?<address>.*?)\), (?<key>\S+): (?<reason>.*)$/s;

function toldIn(message: string | null): { channel: string; recipient: string; address: string; key: string } | null {
  const { channel, recipient, address, key } = failure.exec(message ?? '')?.groups ?? {};
  if (channel === undefined || recipient === undefined || address === undefined || key === undefined) return null;
  return { channel, recipient, address, key };
}

function reasonIn(message: string | null): string | null {
  return failure.exec(message ?? '')?.groups?.reason ?? message;
}
