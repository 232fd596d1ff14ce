import type { MessageKind, OutgoingMessage, SentMessage } from '../channels/contract.ts';
import type { Way } from '../channels/ways.ts';
import type { Severity } from '../plan/schema.ts';
import type { Attempt, CauseInput, IncidentPolicy, IncidentStatus, RecoveryNews, TimelineEntry } from './contract.ts';
import type { Words } from './phrases.ts';
import type { RecoveryRun } from './record.ts';

/** When a message has lost its purpose: asked again just before it is sent. */
export type Purpose = 'untilAcknowledged' | 'whileOpen' | 'whileResolved' | 'untilApproved' | 'untilExplained' | 'always';

/** A message that is on its way to a person: due at an instant, over one way after the other. Instants are milliseconds. */
export interface Notice {
  readonly number: number;
  readonly kind: MessageKind;
  /** The level, or what else it is about: the second part of its key. */
  readonly level: string;
  /** The third part of its key: how often this was said. */
  readonly round: number;
  readonly person: string;
  readonly purpose: Purpose;
  /** In the order in which they are tried. */
  readonly ways: readonly Way[];
  readonly way: number;
  /** When the next thing happens to it; null while it is being sent. */
  readonly dueAt: number | null;
  /** Accepted by a provider, and without an answer of the person. */
  readonly unanswered: boolean;
  /** Goes on to the person's next way while nobody answers. */
  readonly wantsAnswer: boolean;
  /** The first of the incident to this person: no limit holds it back. */
  readonly first: boolean;
  /** What to say beyond what is known of the incident then: a person's own words, or why Kintsugi says it. */
  readonly text: Words;
  /** What goes in one message with it, until that has arrived. */
  readonly carries: readonly Notice[];
}

/** A message as it leaves, and whether a limit may hold it back. */
export interface Outgoing {
  readonly message: OutgoingMessage;
  readonly first: boolean;
  /** Whether it is a call, and whether it goes over the last of the person's ways. */
  readonly wantsAnswer: boolean;
  readonly last: boolean;
}

/** When an audience was last told, and when it is next; null while nobody waits for an update. */
export interface Cadence {
  lastAt: number;
  dueAt: number | null;
}

/** Lines for the evidence: of the timeline, and of messages that went out as a part of another one. */
export interface Unwritten {
  entries: TimelineEntry[];
  attempts: SentMessage[];
}

/** All that an incident knows. It is serialised when the workflow continues as new. Instants are milliseconds since 1970. */
export interface IncidentState {
  readonly workflowId: string;
  /** What messages are kept together by: unique for each incident, although workflow ids come back. */
  readonly key: string;
  policy: IncidentPolicy;
  planSha256: string;
  problem: string;
  impact: string;
  severity: Severity;
  status: IncidentStatus;
  readonly openedBy: string;
  readonly openedAt: number;
  since: number;
  rtoMs: number;
  rtoMissedTold: boolean;
  /** When the problem was there: the first is the opening. The newest hundred. */
  occurrences: number[];
  occurrenceCount: number;
  flapping: boolean;
  responder: { person: string; until: number } | null;
  snoozedUntil: number | null;
  level: number;
  /** How often somebody was called: never goes back, so no key comes twice. */
  round: number;
  nextLevelAt: number | null;
  /** Keys under people of who was called so far. */
  called: string[];
  updates: {
    responders: Cadence;
    /** Null where only those who were called are told. */
    everyone: Cadence | null;
    remindAt: number | null;
    /** Automatic ones since a person wrote one. */
    missed: number;
    /** How many went out: the third part of their keys. */
    count: number;
  };
  /** Who got a message of this incident already: a person's first one jumps every limit. */
  greeted: string[];
  notices: Notice[];
  noticeCount: number;
  /** Threads by channel and address: the provider's id of the first message there. */
  threads: Record<string, string>;
  /** When a limit was last announced, by person and channel. */
  limitsTold: Record<string, number>;
  resolved: { at: number; by: string; announceAt: number | null } | null;
  cause: (CauseInput & { at: number }) | null;
  remindOfCauseAt: number | null;
  recovery: RecoveryNews | null;
  /** Every recovery that told of itself, in order: its report tells of them all. */
  recoveries: RecoveryRun[];
  /** Path of the report's page on the worker's host; null before it is written first. */
  report: string | null;
  /** Step of the recovery whose overrun was told. */
  overrunTold: string | null;
  approvalAskAt: number | null;
  /** How often an approval was asked for: never goes back, so no key comes twice. */
  approvalRound: number;
  /** Whether the request that waits now was told to anybody. */
  approvalAsked: boolean;
  timeline: TimelineEntry[];
  timelineCount: number;
  attempts: Attempt[];
  /** For the evidence, and not written yet; what `sendMessage` did is there by itself. */
  unwritten: Unwritten;
}
