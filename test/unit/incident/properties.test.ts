/** Whatever happens in whatever order: no message twice, nobody forgotten, nothing said that was taken back. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { OutgoingMessage } from '../../../src/channels/contract.ts';
import { noteSending } from '../../../src/incident/attempts.ts';
import { incidentInput } from '../../../src/incident/contract.ts';
import { takeDue } from '../../../src/incident/departures.ts';
import { actOnTime, nextDue } from '../../../src/incident/due.ts';
import * as deeds from '../../../src/incident/incident.ts';
import { wanted } from '../../../src/incident/notices.ts';
import { occur } from '../../../src/incident/occur.ts';
import { policyOf } from '../../../src/incident/policy.ts';
import { hearOfRecovery } from '../../../src/incident/recovery.ts';
import { putBack, settle } from '../../../src/incident/settle.ts';
import type { IncidentState } from '../../../src/incident/state.ts';
import { planSchema } from '../../../src/plan/schema.ts';
import { recovery } from './recovery.ts';
import { team } from './scene.ts';

const minute = 60_000;
const plan = planSchema.parse({
  version: 1,
  stack: { project: 'demo' },
  database: { name: 'shop', user: 'admin' },
  zone: 'Asia/Tokyo',
  people: { ...team, ito: { ...team.ito, zone: 'Europe/Berlin' } },
  channels: {
    email: { host: 'mail.example.com', from: 'kintsugi@example.com' },
    twilio: { account: `AC${'0'.repeat(32)}`, token: { env: 'TOKEN' }, from: '+81-9' },
  },
});

type Outcome = 'accepted' | 'failed' | 'held';

/** An incident whose messages are under way for as long as the test wants: time goes on meanwhile. */
class World {
  state: IncidentState;
  now = Date.parse('2026-11-23T22:00:00Z');
  readonly inFlight = new Map<string, OutgoingMessage>();
  readonly left = new Set<string>();
  readonly again = new Set<string>();
  readonly channels = new Map<string, Outcome>();

  constructor() {
    const occurrence = incidentInput().parse({ problem: 'shop is missing' });
    const id = { workflowId: 'incident-demo', key: 'incident-demo/1', planSha256: 'a'.repeat(64) };
    this.state = deeds.openIncident({ ...id, policy: policyOf(plan), occurrence, rtoMs: 120 * minute }, this.now);
    this.work();
  }

  work(): void {
    actOnTime(this.state, this.now);
    for (const outgoing of takeDue(this.state, this.now)) {
      const { key } = outgoing.message;
      // A key leaves once; again only if it was called back.
      expect(this.left.has(key) && !this.again.has(key), `${key} left twice`).toBe(false);
      this.left.add(key);
      this.again.delete(key);
      noteSending(this.state, outgoing, this.now);
      this.inFlight.set(key, outgoing.message);
    }
    this.check();
  }

  check(): void {
    const { state, now } = this;
    const due = nextDue(state);
    expect(due === null || due > now, 'something is due, and was not done').toBe(true);
    if (state.status === 'triggered') {
      // The next call of an unanswered P1 is due within its quarter of an hour, of a P2 within its hour.
      const bound = { P1: 15 * minute, P2: 60 * minute, P3: 14 * 60 * minute, P4: 5 * 24 * 60 * minute }[state.severity];
      expect(state.nextLevelAt, 'it waits for nothing').not.toBeNull();
      expect((state.nextLevelAt ?? 0) - now).toBeLessThanOrEqual(bound);
    } else if (state.status === 'acknowledged' || state.status === 'mitigated') {
      expect(state.responder, 'nobody has it').not.toBeNull();
    }
    const numbers = state.timeline.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, at) => (numbers[0] ?? 0) + at));
    const times = state.timeline.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((one, other) => one.localeCompare(other)));
  }

  /** The provider answers: asked just before whether it is still wanted. */
  deliver(message: OutgoingMessage): void {
    const { key, channel, address } = message;
    this.inFlight.delete(key);
    const to = { key, recipient: message.recipient.id, channel, address, at: new Date(this.now).toISOString() };
    const still = wanted(this.state, key);
    if (!still.wanted) settle(this.state, { ...to, providerId: null, outcome: 'nothingSent', why: still.why }, this.now);
    else {
      // Nobody is called for what somebody has, or for what is over.
      if (/^incident-demo\/1\/(\d+|handover)\//.test(key)) expect(this.state.status).toBe('triggered');
      if (message.kind === 'statusUpdate') expect(['resolved', 'closed']).not.toContain(this.state.status);
      const outcome = this.channels.get(channel) ?? 'accepted';
      const until =
        outcome === 'held' && message.kind !== 'limit' ? { until: new Date(this.now + 7 * minute).toISOString() } : {};
      if ('until' in until) this.again.add(key);
      const said = outcome === 'held' && message.kind === 'limit' ? 'accepted' : outcome;
      settle(this.state, { ...to, providerId: 'id', outcome: said, why: 'so it is', ...until }, this.now);
    }
    this.work();
  }

  deliverAll(): void {
    for (let left = 500; this.inFlight.size > 0; left -= 1) {
      expect(left, 'messages make messages without end').toBeGreaterThan(0);
      for (const message of [...this.inFlight.values()]) this.deliver(message);
    }
  }

  pass(length: number): void {
    for (const end = this.now + length; ; this.work()) {
      const due = nextDue(this.state);
      this.now = due === null || due > end ? end : Math.max(this.now, due);
      if (this.now === end) break;
    }
    this.work();
  }
}

type Event = (world: World) => void;

/** A deed that is refused changes nothing; that is tested elsewhere. */
const deed =
  (run: (state: IncidentState, now: number) => unknown): Event =>
  (world) => {
    try {
      run(world.state, world.now);
    } catch (error) {
      if (!(error instanceof deeds.IncidentRefusal)) throw error;
    }
    world.work();
  };

const person = fc.constantFrom('sato', 'tanaka', 'suzuki', 'ito', 'a stranger');
const severity = fc.constantFrom('P1', 'P2', 'P3', 'P4');
const reason = 'so it is';

const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.integer({ min: 1, max: 40 }).map(
      (minutes): Event =>
        (world) =>
          world.pass(minutes * minute),
    ),
  },
  { weight: 4, arbitrary: fc.constant<Event>((world) => world.deliverAll()) },
  {
    weight: 3,
    arbitrary: fc.nat(5).map(
      (at): Event =>
        (world) => {
          const message = [...world.inFlight.values()][at];
          if (message !== undefined) world.deliver(message);
        },
    ),
  },
  // The worker is away: everything is late.
  {
    weight: 1,
    arbitrary: fc.integer({ min: 1, max: 300 }).map(
      (minutes): Event =>
        (world) => {
          world.now += minutes * minute;
          world.work();
        },
    ),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('email', 'voice', 'sms', 'terminal'), fc.constantFrom<Outcome>('accepted', 'failed', 'held'))
      .map(
        ([channel, outcome]): Event =>
          (world) =>
            void world.channels.set(channel, outcome),
      ),
  },
  // The history is full: what is under way is called back, and the state goes through JSON.
  {
    weight: 1,
    arbitrary: fc.constant<Event>((world) => {
      for (const key of world.inFlight.keys()) {
        putBack(world.state, key, world.now);
        world.again.add(key);
      }
      world.inFlight.clear();
      world.state = JSON.parse(JSON.stringify(world.state)) as IncidentState;
      world.work();
    }),
  },
  { weight: 3, arbitrary: person.map((by) => deed((state, now) => deeds.acknowledge(state, { by, reason }, now))) },
  {
    weight: 1,
    arbitrary: fc.tuple(person, person).map(([by, to]) => deed((state, now) => deeds.handOver(state, { by, to, reason }, now))),
  },
  { weight: 1, arbitrary: person.map((by) => deed((state, now) => deeds.snooze(state, { by, for: '50m', reason }, now))) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(person, severity)
      .map(([by, to]) => deed((state, now) => deeds.changeSeverity(state, { by, severity: to, reason }, now))),
  },
  { weight: 1, arbitrary: person.map((by) => deed((state, now) => deeds.writeStatus(state, { by, text: reason }, now))) },
  { weight: 1, arbitrary: person.map((by) => deed((state, now) => deeds.mitigate(state, { by, reason }, now))) },
  { weight: 2, arbitrary: person.map((by) => deed((state, now) => deeds.resolve(state, { by, reason }, now))) },
  {
    weight: 2,
    arbitrary: severity.map((worse) => deed((state, now) => occur(state, incidentInput().parse({ severity: worse }), now))),
  },
  {
    weight: 1,
    arbitrary: fc.constant(deed((state, now) => deeds.explain(state, { by: 'sato', rootCause: 'x', prevention: [] }, now))),
  },
  {
    weight: 1,
    arbitrary: fc.constant(
      deed((state, now) => deeds.adoptPolicy(state, { by: 'sato', reason, policy: policyOf(plan), planSha256: 'c' }, now)),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        runId: fc.constantFrom('run-1', 'run-2'),
        approval: fc.option(fc.record({ text: fc.constantFrom('one', 'two'), given: fc.constant([]) })),
        ended: fc.option(
          fc.record({ well: fc.boolean(), text: fc.constant('ended'), rtaMs: fc.constant(null), rpaMs: fc.constant(null) }),
          { freq: 4 },
        ),
        expectedMs: fc.option(fc.integer({ min: 1, max: 60 * minute })),
      })
      .map(
        ({ runId, approval, ended, expectedMs }): Event =>
          (world) => {
            const running = { title: 'restore', since: new Date(world.now).toISOString(), expectedMs };
            hearOfRecovery(world.state, recovery({ runId, approval, ended, running }), world.now);
            world.work();
          },
      ),
  },
);

test('random sequences of events', () => {
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 25 }), (events) => {
      const world = new World();
      for (const happen of events) happen(world);
      // Everything that is due is settled in the end, whatever became of the channels.
      world.channels.clear();
      world.deliverAll();
      world.pass(2 * 60 * minute);
      world.deliverAll();
      expect(world.state.notices.filter(({ dueAt }) => dueAt === null || dueAt <= world.now)).toEqual([]);
      expect(world.state.attempts.filter(({ outcome }) => outcome === 'sending').length).toBe(0);
    }),
    { numRuns: 40 },
  );
}, 300_000);

test('an open P1 that nobody answers makes itself heard within every quarter of an hour, whatever the channels do', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom<Outcome>('accepted', 'failed', 'held'), { minLength: 3, maxLength: 3 }),
      fc.integer({ min: 1, max: 12 }),
      (outcomes, quarters) => {
        const world = new World();
        for (const [at, channel] of ['voice', 'sms', 'email'].entries()) world.channels.set(channel, outcomes[at] ?? 'accepted');
        world.deliverAll();
        for (let quarter = 0; quarter < quarters; quarter += 1) {
          const before = world.left.size;
          world.pass(15 * minute);
          world.deliverAll();
          expect(world.left.size).toBeGreaterThan(before);
        }
      },
    ),
    { numRuns: 15 },
  );
}, 300_000);
