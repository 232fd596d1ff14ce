import type { Cell, Section, Tone } from '../document/document.ts';
import { section } from '../document/document.ts';
import type { ApprovalRow, IncidentReport, MessageRow, Participant } from '../incident/report.ts';

/** Says an instant in the report's zone, with the date where it is not the report's day. */
export type When = (instant: string) => string;

/** @returns who was called, and who did what. */
export function participantsSection(participants: readonly Participant[], when: When): Section {
  return section('Who did what', {
    kind: 'table',
    columns: ['Who', 'Roles', 'Called', 'What'],
    rows: participants.map(({ name, roles, called, did }) => [
      { text: name, look: 'strong' },
      roles.join(', '),
      called ? 'yes' : 'no',
      did.length === 0
        ? { text: called ? 'no answer on record' : '', tone: 'doubt' }
        : did.map(({ at, what }) => `${when(at)} ${what}`).join('\n'),
    ]),
  });
}

const decisionTones: Readonly<Record<ApprovalRow['what'], Tone>> = {
  asked: 'soft',
  'asked again': 'doubt',
  approved: 'good',
  refused: 'bad',
  lapsed: 'doubt',
  denied: 'bad',
};

/** @returns who was asked to approve, who answered what, and who tried and may not. */
export function approvalsSection(approvals: readonly ApprovalRow[], when: When): Section {
  return section('Approvals', {
    kind: 'table',
    columns: ['When', 'Decision', 'By', 'Why', 'About'],
    rows: approvals.map(({ at, what, by, why, about }) => [
      { text: when(at), look: 'short' },
      { text: what, tone: decisionTones[what] },
      by,
      why,
      about,
    ]),
  });
}

const outcomes: Readonly<Record<MessageRow['outcome'], readonly [text: string, tone: Tone]>> = {
  accepted: ['accepted', 'good'],
  delivered: ['delivered', 'good'],
  failed: ['failed', 'bad'],
  nothingSent: ['nothing sent', 'soft'],
  held: ['held back', 'doubt'],
  sending: ['being sent', 'doubt'],
};

const kinds: Readonly<Record<string, string>> = {
  incidentNotification: 'incident notification',
  statusUpdate: 'status update',
  resolutionUpdate: 'resolution update',
  postIncidentReport: 'post-incident report',
  approvalRequest: 'approval request',
};

/** @returns each message with its way, the provider's id and what became of it; also what was not sent, and why. */
export function messagesSection(messages: readonly MessageRow[], when: When): Section {
  return section(
    'Communications',
    messages.length === 0
      ? null
      : { kind: 'text', tone: 'soft', text: `${tally(messages)}. “Accepted” is what a provider took over; “delivered” arrived.` },
    {
      kind: 'table',
      columns: ['When', 'To', 'By', 'About', 'Delivery', 'Provider’s id'],
      rows: messages.map((message): Cell[] => {
        const [outcome, tone] = outcomes[message.outcome];
        const { kind, subject } = message;
        return [
          { text: when(message.at), look: 'short' },
          { text: message.recipient, look: 'strong' },
          `${message.channel} ${message.address}`.trim(),
          [kinds[kind ?? ''] ?? kind ?? '', subject ?? ''].filter((part) => part !== '').join(': '),
          { text: deliveryText(message, outcome), tone },
          message.providerId ?? '',
        ];
      }),
    },
  );
}

/** @returns `12 delivered, 3 accepted, 1 failed`. */
export function tally(messages: IncidentReport['messages']): string {
  return Object.entries(outcomes)
    .map(([outcome, [text]]) => [messages.filter((message) => message.outcome === outcome).length, text] as const)
    .filter(([count]) => count > 0)
    .map(([count, text]) => `${count} ${text}`)
    .join(', ');
}

function deliveryText({ outcome, why, before }: MessageRow, text: string): string {
  const said = why === '' ? text : outcome === 'nothingSent' ? `${text}, because: ${why}` : `${text}: ${why}`;
  return before.length === 0
    ? said
    : `${said}\nafter ${before.length === 1 ? 'one attempt' : `${before.length} attempts`} failed: ${[...new Set(before)].join('; ')}`;
}
