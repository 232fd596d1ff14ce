import { ActivityCancellationType, isCancellation, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities/index.ts';
import type { OutgoingMessage, SentMessage } from '../channels/contract.ts';
import { fromFailure } from '../errors/failure.ts';
import { nonRetryableCodes } from '../errors/table.ts';
import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { messagesQueueOf } from './task-queues.ts';

/** What of the plan it takes to send messages. */
type MessagePlan = Pick<Plan, 'channels' | 'stack' | 'temporal'>;

/**
 * Sends a message and says what became of it; it never fails, so that who calls goes on to the person's next way.
 *
 * @param giveUpAfter how long a provider that is busy or silent is tried. Race it with a timer to try the next way meanwhile: a
 *   message that was sent before is not sent again, whoever retries it.
 * @throws only the cancellation of the scope it is called in.
 */
export async function deliver(
  plan: MessagePlan,
  message: OutgoingMessage,
  giveUpAfter = '10m',
  counted: { limit?: { messages: number; withinMs: number }; first?: boolean } = {},
): Promise<SentMessage> {
  const { key, channel, address, recipient } = message;
  try {
    return await messenger(plan, giveUpAfter).executeWithOptions(
      { summary: `${message.severity} ${message.kind} to ${recipient.id} by ${channel}` },
      [{ channels: plan.channels, message, ...counted }],
    );
  } catch (error) {
    if (isCancellation(error)) throw error;
    const why = fromFailure(error).message;
    return {
      key,
      recipient: recipient.id,
      channel,
      address,
      providerId: null,
      outcome: 'failed',
      why,
      at: new Date().toISOString(),
    };
  }
}

function messenger(plan: MessagePlan, giveUpAfter: string) {
  const { channels } = plan;
  // The longest attempt: three answers of a provider, then the wait for a call to be taken.
  const attemptMs = 3 * milliseconds(channels.timeout) + milliseconds(channels.twilio?.answerWithin ?? '0s') + 30_000;
  const { sendMessage } = proxyActivities<Activities>({
    taskQueue: messagesQueueOf(plan),
    startToCloseTimeout: attemptMs,
    scheduleToCloseTimeout: attemptMs + milliseconds(giveUpAfter),
    heartbeatTimeout: '10s',
    retry: { initialInterval: '2s', backoffCoefficient: 2, maximumInterval: '1m', nonRetryableErrorTypes: nonRetryableCodes() },
    // What is being sent is seen to its end, so that the record says whether it was.
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  });
  return sendMessage;
}
