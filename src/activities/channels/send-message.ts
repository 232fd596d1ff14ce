import { activityInfo, getClient } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { type ProblemKind, SendProblem } from '../../channels/channel.ts';
import { messageWanted, type OutgoingMessage, type SentMessage, type Wanted } from '../../channels/contract.ts';
import { createChannel } from '../../channels/create.ts';
import { admit, type Limit } from '../../channels/rate-record.ts';
import { sendOnce } from '../../channels/send-once.ts';
import { sentRecord } from '../../channels/sent-record.ts';
import type { ErrorCode } from '../../errors/table.ts';
import type { Channels } from '../../plan/channels.ts';
import { beating } from '../backups/beat.ts';
import type { WorkerContext } from '../context.ts';

export interface SendInput {
  readonly channels: Channels;
  readonly message: OutgoingMessage;
  /** How many messages the recipient gets over this channel; missing where none are counted. */
  readonly limit?: Limit;
  /** The first of an incident to this person: it is counted, and never held back. */
  readonly first?: boolean;
}

/** How long the workflow may take to say whether a message is still wanted; then it is sent. */
const askWithinMs = 5_000;

/**
 * Sends one message to one person over one channel, once, and waits for what the provider can say of its arrival.
 *
 * Just before, it asks its workflow whether the message is still wanted (a query `messageWanted`, if there is one): a worker
 * that was down must not page anybody for what was resolved meanwhile.
 *
 * @returns accepted, delivered, failed (for good) or nothingSent. @throws CHANNEL_BUSY, CHANNEL_UNREACHABLE, CHANNEL_NO_ANSWER:
 *   Temporal tries again, not before the provider's Retry-After.
 */
export async function sendMessage(
  context: WorkerContext,
  { channels, message, limit, first = false }: SendInput,
): Promise<SentMessage> {
  const { key, channel: name, address, kind, subject } = message;
  const answer = { key, recipient: message.recipient.id, channel: name, address, kind, subject };
  const at = () => new Date().toISOString();

  const { wanted, why } = await stillWanted(key);
  if (!wanted) return { ...answer, providerId: null, outcome: 'nothingSent', why, at: at() };
  const record = sentRecord(context.stateFolder);
  // What an earlier attempt began was let through then.
  if (limit !== undefined && (await record.read(key)) === null) {
    const until = await admit(context.stateFolder, answer, limit, first);
    if (until !== null) return { ...answer, ...held(until), at: at() };
  }
  try {
    const delivery = await beating(
      () => ({ text: `${name} to ${message.recipient.name}` }),
      async (signal) => {
        const channel = await createChannel(name, channels, context);
        return sendOnce(channel, message, record, signal);
      },
    );
    // A provider's own words may carry what it was sent.
    return context.withoutSecrets({ ...answer, ...delivery, at: at() });
  } catch (error) {
    if (!(error instanceof SendProblem)) throw error;
    if (error.kind !== 'refused') throw retryable(error, message);
    return context.withoutSecrets({ ...answer, providerId: null, outcome: 'failed', why: error.message, at: at() });
  }
}

function held(until: number) {
  const at = new Date(until).toISOString();
  return { providerId: null, outcome: 'held', why: `a limit of the plan holds it back until ${at}`, until: at } as const;
}

/** A workflow that can't be asked, or has no such query, gets its message sent: silence is worse than one message too many. */
async function stillWanted(key: string): Promise<Wanted> {
  const { workflowExecution } = activityInfo();
  const yes = { wanted: true, why: '' };
  if (workflowExecution === undefined) return yes;
  try {
    const { workflow, connection } = getClient();
    const handle = workflow.getHandle(workflowExecution.workflowId, workflowExecution.runId);
    return await connection.withDeadline(Date.now() + askWithinMs, () => handle.query<Wanted, [string]>(messageWanted, key));
  } catch {
    return yes;
  }
}

const codes: Record<Exclude<ProblemKind, 'refused'>, ErrorCode> = {
  busy: 'CHANNEL_BUSY',
  unreachable: 'CHANNEL_UNREACHABLE',
  noAnswer: 'CHANNEL_NO_ANSWER',
};

/** Says who was to get what over which channel: the failure is the evidence of the attempt. */
function retryable(problem: SendProblem, message: OutgoingMessage): ApplicationFailure {
  const kind = problem.kind === 'refused' ? 'noAnswer' : problem.kind;
  return ApplicationFailure.create({
    type: codes[kind],
    message: `${message.channel} to ${message.recipient.name} (${message.address}), ${message.key}: ${problem.message}`,
    details: [{ state: null, hints: ['kintsugi notify test'] }],
    ...(problem.retryAfterMs === undefined ? {} : { nextRetryDelay: problem.retryAfterMs }),
  });
}
