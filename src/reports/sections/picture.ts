import { clock, clockWithSeconds } from '../../text/time.ts';
import type { Lane, Look, Picture } from '../document/document.ts';
import { ticksOf } from '../document/ticks.ts';
import type { IncidentReport, MessageRow, Phase } from '../incident/report.ts';
import type { Report, ReportStep } from '../report.ts';

type Facts = Pick<
  IncidentReport,
  'phases' | 'recoveries' | 'messages' | 'since' | 'openedAt' | 'rtoEndsAt' | 'resolved' | 'closedAt' | 'madeAt' | 'zone'
>;

/** An objective that ends later than so many times the length of what is shown would press all of it to the edge. */
const furthestLimit = 3;

const phaseLooks: Readonly<Record<Phase['status'], Look>> = {
  triggered: 'bad',
  acknowledged: 'doubt',
  mitigated: 'work',
  resolved: 'good',
  closed: 'quiet',
};

const messageLooks: Readonly<Record<MessageRow['outcome'], Look>> = {
  accepted: 'good',
  delivered: 'good',
  failed: 'bad',
  nothingSent: 'soft',
  held: 'doubt',
  sending: 'work',
};

const stepLooks: Readonly<Partial<Record<ReportStep['state'], Look>>> = { failed: 'bad', unknown: 'bad', undone: 'doubt' };

/** @returns the states, the steps of the recoveries and the messages to each person on one stretch of time, against the RTO. */
export function incidentPicture(facts: Facts): Picture | null {
  const { phases, recoveries, messages, zone } = facts;
  const begin = facts.since !== null && facts.openedAt !== null && facts.since < facts.openedAt ? facts.since : facts.openedAt;
  if (begin === null) return null;
  const from = Date.parse(begin);
  const until = Math.max(from + 1_000, endOf(facts, from));
  const rto = facts.rtoEndsAt === null ? null : Date.parse(facts.rtoEndsAt);
  const isNear = rto !== null && rto - from <= furthestLimit * (until - from);
  const shown = { from, until: isNear ? Math.max(until, rto) : until };
  const within = (at: number) => at <= shown.until;
  const drawn = phases.filter((phase) => within(Date.parse(phase.from)));
  const recipients = [...new Set(messages.map(({ recipient }) => recipient))];
  const lanes: Lane[] = [
    {
      name: 'Incident',
      bars: drawn.map((phase) => phaseBar(phase, shown.until, zone)),
      dots: [],
    },
    ...recoveries.map((recovery) => recoveryLane(recovery, shown.until, zone)),
    ...recipients.map((recipient) => ({
      name: `to ${recipient}`,
      bars: [],
      dots: messages
        .filter((message) => message.recipient === recipient && within(Date.parse(message.at)))
        .map((message) => ({
          at: Date.parse(message.at),
          look: messageLooks[message.outcome],
          title: `${clockWithSeconds(message.at, zone)} ${message.channel}: ${message.kind ?? 'message'} ${message.outcome}`,
        })),
    })),
  ];
  return {
    label: 'The incident, its recoveries and the messages to each person on one stretch of time',
    ...shown,
    ticks: ticksOf(shown, zone),
    lanes: lanes.filter(({ bars, dots }) => bars.length + dots.length > 0),
    limit: isNear ? { at: rto } : null,
    legend: [
      ...[...new Set(drawn.map(({ status }) => status))].map((status) => ({ look: phaseLooks[status], text: status })),
      ...(recoveries.length === 0 ? [] : [{ look: 'work' as const, text: 'steps of a recovery' }]),
      ...(messages.length === 0 ? [] : [{ look: 'good' as const, text: 'dots: messages, red where one failed' }]),
      ...(rto === null
        ? []
        : [{ look: 'limit' as const, text: `RTO ends ${clock(rto, zone, from)}${isNear ? '' : ', beyond this picture'}` }]),
    ],
  };
}

/** What came after the problem was gone (asking for the cause, closing) may be days later; only what follows at once is shown. */
function endOf({ resolved, closedAt, recoveries, messages, madeAt }: Facts, from: number): number {
  const end = resolved?.at ?? closedAt;
  if (end === null) return Date.parse(madeAt);
  const ends = [end, ...recoveries.flatMap(({ endedAt }) => endedAt ?? [])].map((at) => Date.parse(at));
  const last = Math.max(...ends);
  const soon = last + (last - from) / 4;
  const after = messages.map(({ at }) => Date.parse(at)).filter((at) => at <= soon);
  return Math.max(last, ...after) + (last - from) / 50;
}

function phaseBar({ status, from, until }: Phase, end: number, zone: string): Lane['bars'][number] {
  return {
    from: Date.parse(from),
    until: until === null ? end : Date.parse(until),
    look: phaseLooks[status],
    title: `${status} from ${clockWithSeconds(from, zone)}`,
  };
}

function recoveryLane(recovery: Report, end: number, zone: string): Lane {
  const bars = recovery.steps.flatMap(({ title, state, startedAt, endedAt }) =>
    startedAt === null
      ? []
      : [
          {
            from: Date.parse(startedAt),
            until: endedAt === null ? end : Date.parse(endedAt),
            look: stepLooks[state] ?? ('work' as const),
            title: `${title}, ${state}, from ${clockWithSeconds(startedAt, zone)}`,
          },
        ],
  );
  return { name: recovery.workflowId, bars, dots: [] };
}
