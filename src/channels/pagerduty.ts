import { z } from 'zod';
import type { Channels } from '../plan/channels.ts';
import { type Channel, SendProblem } from './channel.ts';
import type { MessageKind, OutgoingMessage } from './contract.ts';
import type { ChannelParts } from './parts.ts';
import { postJson } from './post.ts';
import { cut, shortId } from './text.ts';

const severities = { P1: 'critical', P2: 'error', P3: 'warning', P4: 'info' } as const;

/** What PagerDuty is told. It pages by its own rules: a second trigger of one alert is noted there, not paged again. */
const actions: Record<MessageKind, 'trigger' | 'acknowledge' | 'resolve' | null> = {
  incidentNotification: 'trigger',
  reminder: 'trigger',
  statusUpdate: 'trigger',
  acknowledgement: 'acknowledge',
  resolutionUpdate: 'resolve',
  test: 'trigger',
  // It has no way to ask, and a trigger after the end would open the alert again.
  approvalRequest: null,
  limit: null,
  postIncidentReport: null,
};

const accepted = z.object({ status: z.literal('success'), dedup_key: z.string() });

/**
 * PagerDuty’s Events API v2: one alert an incident, by its deduplication key. Why without PagerDuty’s own client: see
 * docs/decisions/0010-channels.md.
 */
export async function createPagerduty(plan: NonNullable<Channels['pagerduty']>, parts: ChannelParts): Promise<Channel> {
  const names = Object.entries(plan.services);
  const keys = new Map(
    await Promise.all(names.map(async ([name, { routingKey }]) => [name, await parts.secret(routingKey)] as const)),
  );

  const enqueue = async (event: object): Promise<string> => {
    const body = await postJson({
      provider: 'PagerDuty',
      url: new URL('v2/enqueue', withSlash(plan.url)).href,
      body: JSON.stringify(event),
      timeoutMs: parts.timeoutMs,
    });
    const answer = accepted.safeParse(json(body));
    if (!answer.success)
      throw new SendProblem('noAnswer', `PagerDuty answered something else than an acceptance: ${cut(body, 200)}`);
    return answer.data.dedup_key;
  };

  return {
    async send(message) {
      const action = actions[message.kind];
      if (action === null)
        return { providerId: null, outcome: 'nothingSent', why: 'PagerDuty has no place for this kind of message' };
      const routing_key = keys.get(message.address);
      if (routing_key === undefined) {
        throw new SendProblem('refused', `the plan has no channels.pagerduty.services.${message.address}`);
      }
      const dedup_key = alertOf(message);
      const providerId = await enqueue({
        routing_key,
        dedup_key,
        event_action: action,
        ...(action === 'trigger' ? details(message) : {}),
      });
      // A test must not leave an alert open.
      if (message.kind === 'test') await enqueue({ routing_key, dedup_key, event_action: 'resolve' });
      return { providerId, outcome: 'accepted', why: `PagerDuty took the ${action} of alert ${providerId}` };
    },
  };
}

/** @returns the deduplication key of the alert of an incident: at most 255 characters. */
export function alertOf(message: Pick<OutgoingMessage, 'incident' | 'kind' | 'key'>): string {
  const id = message.kind === 'test' ? message.key : message.incident;
  return id.length <= 255 ? id : shortId(id);
}

function details(message: OutgoingMessage): object {
  return {
    client: 'Kintsugi',
    payload: {
      summary: cut(`${message.severity} ${message.subject}`, 1024),
      source: message.incident,
      severity: severities[message.severity],
      class: message.kind,
      custom_details: { key: message.key, incident: message.incident, text: cut(message.text, 20_000) },
    },
  };
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
