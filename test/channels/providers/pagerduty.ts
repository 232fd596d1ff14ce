import { type HttpAnswer, HttpProvider, type HttpRequest } from './http.ts';
import type { Behaviour, Provider, Received } from './provider.ts';

interface Event {
  readonly routing_key?: string;
  readonly event_action?: string;
  readonly dedup_key?: string;
  readonly payload?: {
    readonly summary?: string;
    readonly source?: string;
    readonly severity?: string;
    readonly custom_details?: { readonly key: string; readonly text: string };
  };
}

/** PagerDuty's Events API v2: one alert a deduplication key. */
export class PagerdutyProvider implements Provider {
  readonly channel = 'pagerduty';
  readonly secrets = { PAGERDUTY_KEY: '0123456789abcdef0123456789abcdef' };
  readonly address = 'dba';
  // It does not show its events, but a second trigger with one key opens no second alert.
  readonly canLookUp = false;
  readonly tellsRetryAfter = true;
  readonly events: Event[] = [];
  readonly #http = new HttpProvider((request, behaviour) => this.#answer(request, behaviour));

  static async start(): Promise<PagerdutyProvider> {
    const provider = new PagerdutyProvider();
    await provider.#http.listen();
    return provider;
  }

  get plan() {
    return { pagerduty: { url: this.#http.url, services: { dba: { routingKey: { env: 'PAGERDUTY_KEY' } } } } };
  }

  behave = (behaviour: Behaviour) => this.#http.behave(behaviour);
  stop = () => this.#http.stop();

  received(): readonly Received[] {
    return this.events.map(({ dedup_key = '', payload }) => ({
      id: dedup_key,
      text: `${payload?.summary}\n${payload?.custom_details?.text}`,
    }));
  }

  #answer(request: HttpRequest, behaviour: Behaviour): HttpAnswer {
    if (request.method !== 'POST' || request.path !== '/v2/enqueue') return { status: 404, body: 'not found' };
    if (!request.headers['content-type']?.startsWith('application/json')) return { status: 415, body: 'not JSON' };
    const event = JSON.parse(request.body) as Event;
    const errors = behaviour === 'refuse' ? ['the service is disabled'] : faultsOf(event, this.secrets.PAGERDUTY_KEY);
    if (errors.length > 0) return { status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors } };
    this.events.push(event);
    return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: event.dedup_key } };
  }
}

function faultsOf({ routing_key, event_action, dedup_key, payload }: Event, key: string): string[] {
  const trigger = event_action === 'trigger';
  return [
    routing_key === key ? '' : 'invalid routing key',
    ['trigger', 'acknowledge', 'resolve'].includes(event_action ?? '') ? '' : 'invalid event_action',
    (dedup_key?.length ?? 0) > 255 || !dedup_key ? 'dedup_key must be 1 to 255 characters' : '',
    trigger && !payload?.summary ? 'summary is missing' : '',
    trigger && (payload?.summary?.length ?? 0) > 1024 ? 'summary is too long' : '',
    trigger && !payload?.source ? 'source is missing' : '',
    trigger && !['critical', 'error', 'warning', 'info'].includes(payload?.severity ?? '') ? 'invalid severity' : '',
  ].filter(Boolean);
}
