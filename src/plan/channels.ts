import { z } from 'zod';
import { secretReference } from './secret-reference.ts';
import { duration } from './units.ts';

const loopback = new Set(['127.0.0.1', '[::1]', 'localhost']);

/** The address of a service that is sent a secret: only encrypted, or on this machine (a proxy, a test). */
const serviceAddress = z.url({ protocol: /^https?$/ }).refine((text) => {
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || loopback.has(hostname);
}, 'an https:// address (http:// only to this machine: the address gets a secret)');

const email = z.strictObject({
  host: z.string().min(1).describe('The mail server (SMTP)'),
  port: z.int().min(1).max(65535).default(587),
  security: z
    .enum(['starttls', 'tls', 'none'])
    .default('starttls')
    .describe('starttls: encrypted or not at all; tls: from the first byte (port 465); none: only for a relay on this machine'),
  ca: z.string().optional().describe('Certificate file (PEM) of the server’s own authority, relative to the plan'),
  user: z.string().optional(),
  password: secretReference.optional(),
  from: z.string().min(3).describe('Sender: kintsugi@example.com or Kintsugi <kintsugi@example.com>'),
});

const slack = z.strictObject({
  token: secretReference.describe('Bot token (xoxb-…) with chat:write, im:write, channels:history and im:history'),
  url: serviceAddress.default('https://slack.com/api/').describe('Address of the web API'),
  signingSecret: secretReference.optional().describe('Signing secret of the app: for buttons and slash commands over HTTP'),
  appToken: secretReference.optional().describe('App-level token (xapp-…): buttons and slash commands without an open port'),
  users: z
    .record(z.string().regex(/^[A-Z][A-Z0-9]{2,}$/, 'a Slack user id such as U02ABC1DE'), z.string())
    .default({})
    .describe('Who is who: Slack user id → a name under people; people reached by their Slack id are known without it'),
});

const mattermost = z.strictObject({
  url: serviceAddress.describe('Address of the Mattermost server: answers go nowhere else'),
  commandToken: secretReference.describe('Token of the slash command, which Mattermost shows when it is created'),
  users: z
    .record(z.string().regex(/^[a-z0-9]{26}$/, 'a Mattermost user id (26 letters and digits), not a user name'), z.string())
    .default({})
    .describe('Who is who: Mattermost user id → a name under people'),
});

const pagerduty = z.strictObject({
  services: z
    .record(z.string(), z.strictObject({ routingKey: secretReference.describe('Integration key of the Events API v2') }))
    .describe('Services of PagerDuty by a name of your own'),
  url: serviceAddress.default('https://events.pagerduty.com').describe('Address of the events API'),
  webhookSecret: secretReference
    .optional()
    .describe('Secret of the webhook subscription by which PagerDuty tells of acknowledge and resolve'),
  users: z
    .record(z.string(), z.string())
    .default({})
    .describe('Who is who: PagerDuty user id or mail address → a name under people'),
});

const webhook = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  secret: secretReference.describe('Shared secret of the signature: whsec_… (base64), or any text'),
});

const twilio = z.strictObject({
  account: z.string().regex(/^AC[0-9a-f]{32}$/, 'an account SID: AC and 32 hexadecimal digits'),
  token: secretReference.describe('Auth token of the account, or the secret of the API key'),
  key: z
    .string()
    .regex(/^SK[0-9a-f]{32}$/, 'an API key SID: SK and 32 hexadecimal digits')
    .optional()
    .describe('API key, if not the account’s own token is used'),
  from: z.string().describe('Telephone number that messages and calls come from'),
  url: serviceAddress.default('https://api.twilio.com').describe('Address of the API'),
  answerWithin: duration
    .default('60s')
    .describe('How long a call may ring, and a text message may stay on its way, until that is said'),
});

/** How messages leave: only what is set is used. Without any, messages go to the worker’s terminal and to a file. */
export const channels = z
  .strictObject({
    email: email.optional(),
    slack: slack.optional(),
    mattermost: mattermost.optional().describe('Slash commands from Mattermost, served by `kintsugi chat`'),
    pagerduty: pagerduty.optional(),
    webhooks: z.record(z.string(), webhook).default({}).describe('Signed webhooks (standardwebhooks.com) by a name of your own'),
    twilio: twilio.optional().describe('SMS and calls'),
    timeout: duration.default('15s').describe('How long a provider may take to answer'),
  })
  .prefault({});
export type Channels = z.infer<typeof channels>;
