/**
 * What the incident and the channels agree on: one message to one person over one channel, and what became of it.
 * Types and names only, so that workflows may import it.
 */
import type { Severity } from '../plan/schema.ts';

/** The ways to reach a person. `terminal` and `file` need nothing outside the worker's machine. */
export const channelNames = ['email', 'slack', 'pagerduty', 'webhook', 'sms', 'voice', 'terminal', 'file'] as const;
export type ChannelName = (typeof channelNames)[number];

/** What a message is about. The first four are those of the plan's document. */
export type MessageKind =
  | 'incidentNotification'
  | 'statusUpdate'
  | 'resolutionUpdate'
  | 'postIncidentReport'
  | 'acknowledgement'
  | 'reminder'
  | 'approvalRequest'
  /** Says that a limit of the plan holds further messages back. */
  | 'limit'
  | 'test';

/** A button below a message, on channels that have buttons. */
export interface MessageAction {
  readonly action: 'acknowledge' | 'takeOver' | 'status' | 'approve' | 'refuse';
  /** The workflow that is to get the answer: the incident, or the procedure that asks. */
  readonly workflowId: string;
  readonly label: string;
}

/** One message to one recipient over one channel. Holds references only, never a secret: it stands in histories. */
export interface OutgoingMessage {
  /**
   * `incident/level/round/recipient/channel`: the same for every retry of this message and for nothing else. Receivers see it
   * and can deduplicate by it; where the channel has an idempotency key of its own, it is made from it.
   */
  readonly key: string;
  /** Workflow id of the incident; messages of one incident are kept together where a channel can (a thread, an alert). */
  readonly incident: string;
  readonly kind: MessageKind;
  readonly severity: Severity;
  readonly recipient: { readonly id: string; readonly name: string };
  readonly channel: ChannelName;
  /** Mail address, Slack id, telephone number; for pagerduty and webhook a name of the plan; empty for terminal and file. */
  readonly address: string;
  readonly language: 'en' | 'ja';
  /** One line. */
  readonly subject: string;
  /** Plain text; lines are kept. */
  readonly text: string;
  /** `providerId` of the incident's first message on this channel and address: later ones are put below it. */
  readonly thread?: string;
  readonly actions?: readonly MessageAction[];
}

/**
 * What became of a message. A channel that can't be used now (busy, unreachable, without an answer) is no outcome: the
 * activity fails with CHANNEL_BUSY, CHANNEL_UNREACHABLE or CHANNEL_NO_ANSWER and Temporal tries again, not before the
 * provider's Retry-After.
 */
export interface Delivery {
  /** The provider's own id of the message: for asking the provider later, and as `thread`. */
  readonly providerId: string | null;
  /**
   * - accepted: the provider took it over; whether it arrived is not known (yet)
   * - delivered: it reached the device, the mailbox, or a person who took the call
   * - failed: it did not and will not arrive; go on to the person's next channel at once
   * - nothingSent: there was no need or no way to send it
   * - held: a limit of the plan holds it back until `until`
   */
  readonly outcome: 'accepted' | 'delivered' | 'failed' | 'nothingSent' | 'held';
  /** One line for people: the provider's words, or the reason. */
  readonly why: string;
  /** ISO 8601, UTC; only of what is held. */
  readonly until?: string;
}

/** The answer of the `sendMessage` activity: also the line of evidence. */
export interface SentMessage extends Delivery {
  readonly key: string;
  readonly recipient: string;
  readonly channel: ChannelName;
  readonly address: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** What it was about, for who reads the evidence. */
  readonly kind?: MessageKind;
  readonly subject?: string;
}

/** Name of the query by which `sendMessage` asks its workflow, just before it sends, whether a key is still wanted. */
export const messageWanted = 'messageWanted';

/** The answer of that query; `why` says why not. */
export interface Wanted {
  readonly wanted: boolean;
  readonly why: string;
}
