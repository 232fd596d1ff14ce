import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { known } from '../cli/report-error.ts';
import { withTemporal } from '../cli/temporal.ts';
import { type IncidentView, incidentQuery, incidentSignals } from '../incident/contract.ts';
import { type LoadedPlan, loadPlan } from '../plan/load.ts';
import type { Plan } from '../plan/schema.ts';
import { shortRunId } from '../workflows/run-id.ts';
import { sameSecret } from './constant-time.ts';
import { type Decision, decide } from './decide.ts';
import type { Denials } from './denials.ts';
import { personOf } from './people.ts';
import { Seen } from './seen.ts';
import { type Route, sendJson } from './server.ts';
import { Refused } from './slack-gate.ts';

export interface PagerdutyChat {
  readonly planFile: string;
  /** Of the webhook subscription. */
  readonly secret: string;
  readonly denials: Denials;
  readonly log: (line: string) => void;
}

const webhook = z.object({
  event: z.object({
    id: z.string().min(1).max(200),
    event_type: z.string().max(100),
    occurred_at: z.iso.datetime({ offset: true }),
    agent: z.object({ id: z.string().max(200), type: z.string().max(100), summary: z.string().optional() }).nullish(),
    data: z.object({ incident_key: z.string().max(500).nullish(), type: z.string().optional() }),
  }),
});
type Event = z.infer<typeof webhook>['event'];

/** PagerDuty delivers again for up to two days; what is older than that is a replay. */
const oldestMs = 48 * 60 * 60_000;

const decisions: Readonly<Record<string, 'acknowledge' | 'resolve' | 'reopen'>> = {
  'incident.acknowledged': 'acknowledge',
  'incident.resolved': 'resolve',
  'incident.reopened': 'reopen',
};

/**
 * PagerDuty's way back (webhooks v3): who acknowledges, resolves or opens again there does so here, if the plan knows who that is
 * and lets the person. What our own events did there comes back too, by an integration and not by a user: that is no news, so
 * nothing goes round in circles.
 */
export function pagerdutyRoute(chat: PagerdutyChat): Route {
  const seen = new Seen();
  return {
    method: 'POST',
    path: '/pagerduty/webhook',
    answer: async (request, body, response) => {
      if (!isSigned(body, String(request.headers['x-pagerduty-signature'] ?? ''), chat.secret))
        throw new Refused('no signature of PagerDuty, or a wrong one');
      const parsed = webhook.safeParse(json(body));
      if (!parsed.success) {
        chat.log('PagerDuty: ignored a body that is no webhook of version 3');
        sendJson(response, 200, { ignored: 'no event' });
        return;
      }
      const { event } = parsed.data;
      const now = Date.now();
      if (now - Date.parse(event.occurred_at) > oldestMs) throw new Refused(`event ${event.id} is of ${event.occurred_at}`);
      if (!seen.isFirst(event.id, now + oldestMs)) {
        sendJson(response, 200, { ignored: 'this very event came before' });
        return;
      }
      try {
        const answer = await carryOut(chat, event);
        chat.log(`PagerDuty ${event.event_type}: ${answer}`);
        sendJson(response, 200, { answer });
      } catch (thrown) {
        const error = await known(thrown);
        chat.log(`PagerDuty ${event.event_type}: ${error.code} ${error.message}`);
        // PagerDuty tries again after a 5xx: worth it only where waiting can help.
        const isAway = error.code === 'TEMPORAL_UNREACHABLE' || error.code === 'INTERNAL';
        if (isAway) seen.forget(event.id);
        sendJson(response, isAway ? 503 : 200, { error: error.code });
      }
    },
  };
}

/** @param header `v1=…`, several while a secret is being changed. @returns whether one is ours. Compared in constant time. */
export function isSigned(body: Buffer, header: string, secret: string): boolean {
  const ours = `v1=${createHmac('sha256', secret).update(body).digest('hex')}`;
  return header.split(',').filter((signature) => sameSecret(signature.trim(), ours)).length > 0;
}

/** @returns the parts of an alert's key: the workflow id, and the end of the id of its first run; null if it is none of ours. */
export function alertParts(incidentKey: string): { workflowId: string; run: string } | null {
  const [, workflowId, run] = /^(incident-.+)\/([0-9a-f]{8})$/.exec(incidentKey) ?? [];
  return workflowId === undefined || run === undefined ? null : { workflowId, run };
}

/** An incident's workflow id comes back with the next problem of its kind: an old alert must not end a new incident. */
async function isOfThisRun(plan: Plan, workflowId: string, run: string): Promise<boolean> {
  return withTemporal(plan, async ({ client }) => {
    const { raw, runId } = await client.workflow.getHandle(workflowId).describe();
    return shortRunId(raw.workflowExecutionInfo?.firstRunId || runId) === run;
  });
}

async function carryOut(chat: PagerdutyChat, event: Event): Promise<string> {
  const action = decisions[event.event_type];
  if (action === undefined) return 'ignored, not ours to follow';
  const alert = alertParts(event.data.incident_key ?? '');
  if (alert === null) return `ignored, “${event.data.incident_key ?? ''}” is no incident of ours`;
  if (event.agent?.type !== 'user_reference') return 'ignored, no person did it (our own event comes back so)';

  const loaded = await loadPlan(chat.planFile);
  const { workflowId, run } = alert;
  if (!(await isOfThisRun(loaded.plan, workflowId, run))) return `ignored, the alert is of an earlier ${workflowId}`;
  const person = personOf(loaded.plan, 'pagerduty', event.agent.id);
  if (person === null) {
    const who = `${event.agent.id} (${event.agent.summary ?? ''})`;
    const why = 'channels.pagerduty.users of the plan does not name this user';
    await chat.denials.record(loaded, { service: 'pagerduty', who, channel: '', what: action, why, incident: workflowId });
    return `denied: ${who} is nobody of the plan`;
  }
  if (action === 'reopen') return reopen(loaded, workflowId, person.name);
  return decide(loaded.plan, decisionOf(action, workflowId, person.name, event));
}

function decisionOf(action: 'acknowledge' | 'resolve', workflowId: string, by: string, { id }: Event): Decision {
  return { action, workflowId, by, reason: 'in PagerDuty', id: `pagerduty-${id}` };
}

/** The problem is back, says a person: with the severity that it had. */
async function reopen({ plan }: LoadedPlan, workflowId: string, by: string): Promise<string> {
  return withTemporal(plan, async ({ client, connection }) => {
    const handle = client.workflow.getHandle(workflowId);
    const view = await connection.withDeadline(Date.now() + 10_000, () => handle.query<IncidentView>(incidentQuery));
    const { problem, severity } = view;
    await handle.signal(incidentSignals.occurrence, { problem, severity, openedBy: by, impact: 'opened again in PagerDuty' });
    return `${workflowId} is open again, says ${by}`;
  });
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
