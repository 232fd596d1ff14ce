import { setTimeout as delay } from 'node:timers/promises';
import { SocketModeReceiver } from '@slack/bolt';
import { boltLogger } from './bolt-logger.ts';
import { createSlackApp, type SlackChat } from './slack.ts';

const firstPauseMs = 1_000;
const longestPauseMs = 60_000;

/**
 * Slack without an open port: Kintsugi calls Slack, and Slack's requests come over that connection.
 *
 * Bolt's own reconnecting is switched off: where Slack can't be reached for a while it ends in a rejection that nobody can
 * handle, and with it the process. Here a lost connection is made again and again, and that is said.
 *
 * @returns whether the connection stands, and how to end it. @throws what the first connection failed with.
 */
export async function connectSocket(
  chat: SlackChat,
  appToken: string,
): Promise<{ isConnected: () => boolean; stop: () => Promise<void> }> {
  const receiver = new SocketModeReceiver({
    appToken,
    autoReconnectEnabled: false,
    logger: boltLogger(chat.log),
    installerOptions: { clientOptions: { slackApiUrl: chat.url, retryConfig: { retries: 0 } } },
    customPropertiesExtractor: ({ envelope_id }) => ({ envelopeId: envelope_id }),
  });
  createSlackApp(receiver, chat);
  const stopping = new AbortController();
  let isConnected = false;
  const connect = async () => {
    await receiver.start();
    isConnected = true;
  };

  const reconnect = async () => {
    for (let pauseMs = firstPauseMs; !stopping.signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      try {
        await connect();
        chat.log('Slack Socket Mode: connected again');
        return;
      } catch (error) {
        chat.log(
          `Slack Socket Mode: ${error instanceof Error ? error.message : 'no connection'}; tries again in ${pauseMs / 1000} s`,
        );
        await delay(pauseMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  receiver.client.on('disconnected', () => {
    // Also told while a connection is being made: only one that stood was lost.
    if (!isConnected) return;
    isConnected = false;
    if (!stopping.signal.aborted) void reconnect();
  });

  await connect();
  return {
    isConnected: () => isConnected,
    stop: async () => {
      stopping.abort();
      await receiver.stop();
    },
  };
}
