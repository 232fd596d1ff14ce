import type { IncomingMessage } from 'node:http';
import { HTTPReceiver } from '@slack/bolt';
import { boltLogger } from './bolt-logger.ts';
import type { Route } from './server.ts';
import { createSlackApp, type SlackChat } from './slack.ts';
import { SlackGate } from './slack-gate.ts';

/** @returns Slack over HTTP: buttons, forms and slash commands at one address. Only what Slack signed is let in, and each request once. */
export function slackRoute(chat: SlackChat, signingSecret: string): Route {
  const path = '/slack/events';
  const receiver = new HTTPReceiver({ signingSecret, endpoints: path, logger: boltLogger(chat.log) });
  createSlackApp(receiver, chat);
  const gate = new SlackGate(signingSecret);
  return {
    method: 'POST',
    path,
    answer: (request, rawBody, response) => {
      gate.admit(request.headers, rawBody);
      receiver.requestListener(Object.assign(request, { rawBody }) as IncomingMessage, response);
    },
  };
}
