import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { z } from 'zod';
import { messageWanted, type Wanted } from '../channels/contract.ts';
import { noteSending } from '../incident/attempts.ts';
import {
  causeInput,
  deed,
  denialInput,
  handOverInput,
  type IncidentInput,
  type IncidentView,
  incidentInput,
  incidentQuery,
  incidentSignals,
  incidentUpdates,
  recoveryNews,
  severityInput,
  snoozeInput,
  statusInput,
} from '../incident/contract.ts';
import { takeDue } from '../incident/departures.ts';
import { actOnTime, nextDue } from '../incident/due.ts';
import {
  acknowledge,
  adoptPolicy,
  changeSeverity,
  close,
  explain,
  handOver,
  IncidentRefusal,
  mitigate,
  noteDenied,
  noteUnread,
  openIncident,
  resolve,
  snooze,
  writeStatus,
} from '../incident/incident.ts';
import { wanted } from '../incident/notices.ts';
import { occur } from '../incident/occur.ts';
import { denied, type Permission } from '../incident/permission.ts';
import { policyOf } from '../incident/policy.ts';
import { hearOfRecovery } from '../incident/recovery.ts';
import { putBack, settle } from '../incident/settle.ts';
import type { IncidentState, Outgoing } from '../incident/state.ts';
import { detailsOf, viewOf } from '../incident/view.ts';
import { milliseconds } from '../plan/units.ts';
import { Alarm } from './alarm.ts';
import { failure, faultsOf, parseInput } from './failure.ts';
import { IncidentNotebook } from './incident-notebook.ts';
import { deliver } from './messenger.ts';
import { look } from './proxies.ts';
import { shortRunId } from './run-id.ts';
import { searchAttributes } from './search-attributes.ts';

/** What a long incident hands to itself when its history is full. */
export interface ResumedIncident {
  readonly resume: IncidentState;
}

/**
 * Calls people, waits for the acknowledgement, escalates, keeps everybody informed, and asks for the cause in the end. It speaks
 * by itself when its time has come, and never stops before a person, or the recovery, has ended it.
 *
 * @param rawInput every field has a default, so an empty input opens a P1.
 * @returns all that is known of it, when it is closed.
 */
export async function incident(rawInput: IncidentInput | ResumedIncident = {}): Promise<IncidentView> {
  const run = new IncidentRun();
  const { workflowId, firstExecutionRunId, continuedFromExecutionRunId } = workflowInfo();
  // Only an incident itself hands one on: what a person starts is checked, field by field.
  if (continuedFromExecutionRunId !== undefined && 'resume' in rawInput) run.begin(rawInput.resume);
  else {
    const input = parseInput(incidentInput(), rawInput);
    const { plan, planSha256 } = await look.readPlan();
    const key = `${workflowId}/${shortRunId(firstExecutionRunId)}`;
    const rtoMs = milliseconds(input.rto ?? plan.objectives.default.rto);
    const policy = policyOf(plan);
    run.begin(openIncident({ workflowId, key, policy, planSha256, occurrence: input, rtoMs }, Date.now()));
  }
  return run.toItsEnd();
}

class IncidentRun {
  readonly #alarm = new Alarm();
  readonly #sends = new CancellationScope();
  #state: IncidentState | null = null;
  #changed = false;
  #sending = 0;
  readonly #notebook = new IncidentNotebook(() => {
    this.#changed = true;
  });

  constructor() {
    this.#answerQueries();
    this.#takeSignals();
    this.#takeUpdates();
  }

  begin(state: IncidentState): void {
    this.#state = state;
  }

  async toItsEnd(): Promise<IncidentView> {
    const state = this.#begun();
    for (;;) {
      this.#changed = false;
      actOnTime(state, Date.now());
      if (workflowInfo().continueAsNewSuggested && allHandlersFinished()) this.#sends.cancel();
      if (!this.#moving) for (const outgoing of takeDue(state, Date.now())) this.#send(state, outgoing);
      this.#notebook.write(state, this.#moving);
      this.#show(state);
      if (this.#isQuiet()) {
        if (state.status === 'closed' && state.notices.length === 0 && !this.#notebook.isReporting) return viewOf(state);
        if (this.#moving) await continueAsNew<typeof incident>({ resume: state });
      }
      this.#alarm.set(this.#moving ? null : nextDue(state));
      await condition(() => this.#wasTouched() || this.#alarm.rang);
    }
  }

  #wasTouched(): boolean {
    return this.#changed;
  }

  /**
   * The history is full: the next run goes on. What is being sent is called back, since a provider that is down may be tried for an
   * hour and nobody is called meanwhile; the next run sends it with the same key, and what was out already is known by that.
   */
  get #moving(): boolean {
    return this.#sends.consideredCancelled;
  }

  /** Nothing is under way that would be lost by an end, or by continuing as new. */
  #isQuiet(): boolean {
    return this.#sending === 0 && !this.#notebook.isRecording && allHandlersFinished();
  }

  #begun(): IncidentState {
    if (this.#state === null) throw failure('INTERNAL', 'The incident has not begun yet: it reads the plan.');
    return this.#state;
  }

  #send(state: IncidentState, outgoing: Outgoing): void {
    const { message, first, last, wantsAnswer } = outgoing;
    noteSending(state, outgoing, Date.now());
    this.#sending += 1;
    const { escalation } = state.policy;
    const limits: Partial<Record<string, { messages: number; within: string }>> = escalation.limits;
    const limit = limits[message.channel];
    // A page whose person has another way does not wait long for a provider; the last way is tried until the next level has its turn.
    const giveUpAfter = wantsAnswer && !last ? escalation.answerWithin : '1h';
    const counted =
      limit === undefined ? {} : { limit: { messages: limit.messages, withinMs: milliseconds(limit.within) }, first };
    this.#sends
      .run(() => deliver(state.policy, message, giveUpAfter, counted))
      .then(
        (sent) => settle(state, sent, Date.now()),
        // It throws only when it was called back.
        () => putBack(state, message.key, Date.now()),
      )
      .finally(() => {
        this.#sending -= 1;
        this.#changed = true;
      });
  }

  #shown = '';

  #show(state: IncidentState): void {
    const phase = `${state.severity} ${state.status}`;
    setCurrentDetails(detailsOf(state));
    if (phase === this.#shown) return;
    this.#shown = phase;
    upsertSearchAttributes([
      { key: searchAttributes.stack, value: state.policy.stack.project },
      { key: searchAttributes.procedure, value: 'incident' },
      { key: searchAttributes.severity, value: state.severity },
      { key: searchAttributes.phase, value: state.status },
    ]);
  }

  #answerQueries(): void {
    setHandler(defineQuery<IncidentView>(incidentQuery), () => viewOf(this.#begun()), {
      description: 'All that is known of the incident: status, timeline, messages, what comes next',
    });
    setHandler(defineQuery<Wanted, [string]>(messageWanted), (key) => wanted(this.#begun(), key), {
      description: 'Whether a message is still wanted: asked just before it is sent',
    });
  }

  #takeSignals(): void {
    this.#hear(incidentSignals.occurrence, incidentInput, 'The problem is reported once more', occur);
    this.#hear(incidentSignals.recovery, recoveryNews, 'Where the recovery is', hearOfRecovery);
    this.#hear(incidentSignals.recovered, deed, 'The problem is gone', resolve);
    this.#hear(incidentSignals.deniedElsewhere, denialInput, 'A denied attempt in chat', (state, { by, what, why }, now) =>
      noteDenied(state, by, what, why, now),
    );
  }

  /** A signal can't be refused, and one that nobody can read must not end the incident: it is noted, and that is all. */
  #hear<T>(
    name: string,
    schema: () => z.ZodType<T>,
    description: string,
    take: (state: IncidentState, input: T, now: number) => unknown,
  ): void {
    setHandler(
      defineSignal<[unknown]>(name),
      async (raw) => {
        await condition(() => this.#state !== null);
        const state = this.#begun();
        this.#changed = true;
        const parsed = schema().safeParse(raw ?? {});
        if (!parsed.success) noteUnread(state, name, faultsOf(parsed.error), Date.now());
        else refusable(() => take(state, parsed.data, Date.now()));
      },
      { description },
    );
  }

  #takeUpdates(): void {
    const person = '{"by": "your name", "reason": "why"}';
    this.#update(incidentUpdates.acknowledge, 'acknowledge', deed, `Acknowledge: ${person}`, acknowledge);
    this.#update(incidentUpdates.handOver, 'acknowledge', handOverInput, 'Hand over to somebody else', handOver);
    this.#update(incidentUpdates.snooze, 'acknowledge', snoozeInput, 'Quiet for a while: {"by", "for": "2h", "reason"}', snooze);
    this.#update(incidentUpdates.status, 'acknowledge', statusInput, 'A status update to everybody', writeStatus);
    this.#update(incidentUpdates.mitigate, 'acknowledge', deed, `Users are served again: ${person}`, mitigate);
    this.#update(incidentUpdates.setSeverity, 'close', severityInput, 'Raise or lower the severity', changeSeverity);
    this.#update(incidentUpdates.resolve, 'close', deed, `Resolved: ${person}`, resolve);
    this.#update(incidentUpdates.close, 'close', deed, `Close: ${person}`, close);
    this.#update(incidentUpdates.explain, 'acknowledge', causeInput, 'Root cause and prevention plan', explain);
    this.#update(
      incidentUpdates.adoptPlan,
      'close',
      deed,
      `Follow the plan as it is now: ${person}`,
      async (state, input, now) => {
        const { plan, planSha256 } = await look.readPlan();
        return adoptPolicy(state, { ...input, policy: policyOf(plan), planSha256 }, now);
      },
    );
  }

  #update<S extends z.ZodObject<{ by: z.ZodString }>>(
    name: string,
    permission: Permission,
    schema: () => S,
    description: string,
    take: (state: IncidentState, input: z.output<S>, now: number) => string | Promise<string>,
  ): void {
    setHandler(
      defineUpdate<string, [unknown]>(name),
      async (raw) => {
        await condition(() => this.#state !== null);
        const state = this.#begun();
        const input = parseInput(schema(), raw);
        this.#changed = true;
        const by = String(input.by);
        const why = denied(state.policy, by, permission);
        if (why !== null) {
          noteDenied(state, by, name, why, Date.now());
          throw failure('DENIED', why, { state: 'Nothing was changed; the attempt stands in the timeline.' });
        }
        try {
          return await take(state, input, Date.now());
        } catch (error) {
          if (!(error instanceof IncidentRefusal)) throw error;
          throw failure('REFUSED', error.message, {
            state: 'Nothing was changed.',
            hints: [`kintsugi incident show ${state.workflowId}`],
          });
        }
      },
      { validator: (raw) => void parseInput(schema(), raw), description },
    );
  }
}

/** What a machine says at the wrong time is no fault of the incident. */
function refusable(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof IncidentRefusal)) throw error;
  }
}
