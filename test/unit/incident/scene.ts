/**
 * An incident on a clock that jumps from one due time to the next, with people whose ways work or don't. Instants are written as
 * UTC shows them on the wall: `09:15`. A test that ends with a message that it did not expect fails.
 */
import { afterEach, expect } from 'vitest';
import type { Delivery, OutgoingMessage } from '../../../src/channels/contract.ts';
import { noteSending } from '../../../src/incident/attempts.ts';
import { type IncidentInput, incidentInput } from '../../../src/incident/contract.ts';
import { takeDue } from '../../../src/incident/departures.ts';
import { actOnTime, nextDue } from '../../../src/incident/due.ts';
import { openIncident } from '../../../src/incident/incident.ts';
import { wanted } from '../../../src/incident/notices.ts';
import { policyOf } from '../../../src/incident/policy.ts';
import { settle } from '../../../src/incident/settle.ts';
import type { IncidentState } from '../../../src/incident/state.ts';
import { type PlanInput, planSchema } from '../../../src/plan/schema.ts';
import { milliseconds } from '../../../src/plan/units.ts';

export const team = {
  sato: { name: 'Sato', roles: ['primary-dba'], reach: [{ phone: '+81-1' }, { email: 'sato@example.com' }] },
  tanaka: { name: 'Tanaka', roles: ['devops-lead'], reach: [{ sms: '+81-2' }] },
  suzuki: { name: 'Suzuki', roles: ['secondary-dba'], reach: [{ phone: '+81-3' }] },
  ito: { name: 'Ito', roles: ['system-admin', 'support-team'], reach: [{ email: 'ito@example.com' }] },
} satisfies PlanInput['people'];

const channels = {
  email: { host: 'mail.example.com', from: 'kintsugi@example.com' },
  twilio: { account: `AC${'0'.repeat(32)}`, token: { env: 'TOKEN' }, from: '+81-9' },
} satisfies PlanInput['channels'];

export interface SceneOptions {
  readonly at?: string;
  readonly plan?: Partial<PlanInput>;
  readonly incident?: IncidentInput;
  /** Workflow id. */
  readonly id?: string;
  /** For who only wants the state that comes of it: messages may stay unexpected. */
  readonly unwatched?: boolean;
  /** What the channels answer from the beginning. */
  readonly answer?: Answer;
}

/** What a channel answers; accepted by default. */
type Answer = (message: OutgoingMessage, at: number) => Pick<Delivery, 'outcome'> & Partial<Delivery>;

export interface Sent {
  readonly at: string;
  readonly message: OutgoingMessage;
}

const scenes: Scene[] = [];
afterEach(() => {
  for (const scene of scenes.splice(0)) scene.expectSilence();
});

/** Sets a scene: an incident that was just opened. */
export function given(options: SceneOptions = {}): Scene {
  return new Scene(options);
}

export class Scene {
  readonly state: IncidentState;
  readonly sent: Sent[] = [];
  answer: Answer = () => ({ outcome: 'accepted' });
  #now: number;
  #told = 0;

  constructor({
    at = '2026-11-24T00:00:00.000Z',
    plan = {},
    incident = {},
    answer,
    id: name = 'incident-demo',
    unwatched = false,
  }: SceneOptions = {}) {
    this.#now = Date.parse(at);
    const whole = planSchema.parse({
      version: 1,
      stack: { project: 'demo' },
      database: { name: 'shop', user: 'admin' },
      people: team,
      channels,
      ...plan,
    } satisfies PlanInput);
    const occurrence = incidentInput().parse({ problem: 'database shop is missing', openedBy: 'sentry', ...incident });
    const id = { workflowId: name, key: `${name}/1`, planSha256: 'a'.repeat(64) };
    if (answer !== undefined) this.answer = answer;
    const rtoMs = milliseconds(incident.rto ?? '2h');
    this.state = openIncident({ ...id, policy: policyOf(whole), occurrence, rtoMs }, this.#now);
    if (!unwatched) scenes.push(this);
    this.#work();
  }

  get now(): number {
    return this.#now;
  }

  /** Lets time go by, from due time to due time. */
  pass(length: string): void {
    const end = this.#now + milliseconds(length);
    for (let steps = 0; ; steps += 1) {
      if (steps > 100_000) throw new Error('time stands still: something is due again and again');
      const due = nextDue(this.state);
      if (due === null || due > end) break;
      this.#now = Math.max(this.#now, due);
      this.#work();
    }
    this.#now = end;
  }

  /** The worker is away: what is due meanwhile is done late. */
  away(length: string): void {
    this.#now += milliseconds(length);
    this.#work();
  }

  /** Somebody does something, at this instant. */
  does<T>(deed: (state: IncidentState, now: number) => T): T {
    const answer = deed(this.state, this.#now);
    this.#work();
    return answer;
  }

  /** @returns what was sent since the last look, as `09:15 voice sato incidentNotification`. */
  heard(): string[] {
    const news = this.sent.slice(this.#told);
    this.#told = this.sent.length;
    return news.map(({ at, message }) => `${at} ${message.channel} ${message.recipient.id} ${message.kind}`);
  }

  /** Fails when anything else was sent since the last look, or in another order. */
  expectCalls(...lines: string[]): void {
    expect(this.heard()).toEqual(lines);
  }

  /** @returns the last message to a person, whole. */
  last(person: string): OutgoingMessage {
    const message = this.sent.findLast(({ message }) => message.recipient.id === person)?.message;
    if (message === undefined) throw new Error(`nothing was sent to ${person}`);
    return message;
  }

  /** Fails when anything was sent that `heard` was not asked for. */
  expectSilence(): void {
    expect(this.heard()).toEqual([]);
  }

  timeline(): string[] {
    return this.state.timeline.map(({ who, what }) => `${who}: ${what}`);
  }

  #work(): void {
    actOnTime(this.state, this.#now);
    for (;;) {
      const due = takeDue(this.state, this.#now);
      if (due.length === 0) return;
      for (const outgoing of due) {
        const { message } = outgoing;
        noteSending(this.state, outgoing, this.#now);
        const at = new Date(this.#now).toISOString();
        const { recipient, channel, address, key } = message;
        const to = { key, recipient: recipient.id, channel, address, at };
        const still = wanted(this.state, key);
        if (!still.wanted) {
          settle(this.state, { ...to, providerId: null, outcome: 'nothingSent', why: still.why }, this.#now);
          continue;
        }
        const answer = this.answer(message, this.#now);
        if (answer.outcome !== 'held') this.sent.push({ at: at.slice(11, 16), message });
        settle(this.state, { ...to, providerId: 'id', why: '', ...answer }, this.#now);
      }
      actOnTime(this.state, this.#now);
    }
  }
}
