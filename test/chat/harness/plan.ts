import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import type { PlanInput } from '../../../src/plan/schema.ts';

export const mattermostUser = 'sato4567890123456789012345';

/** Who is who in tests of chats. */
export const people = {
  sato: { name: '佐藤', roles: ['primary-dba'], reach: [] },
  tanaka: { name: 'Tanaka', roles: ['devops-lead'], reach: [{ slack: 'U0TANAKA' }] },
  ito: { name: 'Ito', roles: ['support-team'], reach: [] },
} satisfies PlanInput['people'];

/** A folder with a plan, and with the secrets where users put them. */
export class PlanFolder {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'kintsugi-chat-'));
  readonly plan = path.join(this.folder, 'kintsugi.yaml');

  constructor(plan: PlanInput, secrets: Readonly<Record<string, string>> = {}) {
    writeFileSync(this.plan, stringify(plan));
    const lines = Object.entries(secrets).map(([name, value]) => `${name}="${value}"\n`);
    writeFileSync(path.join(this.folder, '.env'), lines.join(''));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Secrets of the plan below. */
export const secrets = {
  SLACK_TOKEN: 'xoxb-1-loopback',
  SLACK_SIGNING: '8f742231b10e8888abcd99yyyzzz85a5',
  SLACK_APP: 'xapp-1-loopback',
  MATTERMOST_TOKEN: 'mattermost-token-loopback',
  PAGERDUTY_WEBHOOK: 'pagerduty-secret-loopback',
  PAGERDUTY_KEY: '0123456789abcdef0123456789abcdef',
};

/** @returns the channels part of a plan. @param slackApi where Slack's web API is. @param mattermost where Mattermost is. */
export function chatChannels(slackApi: string, mattermost: string): NonNullable<PlanInput['channels']> {
  return {
    slack: {
      token: { env: 'SLACK_TOKEN' },
      signingSecret: { env: 'SLACK_SIGNING' },
      url: slackApi,
      users: { U0SATO: 'sato', U0ITO: 'ito' },
    },
    mattermost: { url: mattermost, commandToken: { env: 'MATTERMOST_TOKEN' }, users: { [mattermostUser]: 'sato' } },
    pagerduty: {
      services: { dba: { routingKey: { env: 'PAGERDUTY_KEY' } } },
      webhookSecret: { env: 'PAGERDUTY_WEBHOOK' },
      users: { PSATO01: 'sato' },
    },
  };
}
