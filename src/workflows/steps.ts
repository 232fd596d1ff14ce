/**
 * The steps of a procedure: each is shown in the Temporal UI's current details and in the `progress` query while it runs, with
 * its time and what it found; each may register how to undo it before it begins.
 */
import {
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { checklistOf } from './checklist.ts';
import type { Approval, Denial, Progress, StepProgress } from './contract.ts';
import { progressQuery } from './messages.ts';
import { searchAttributes } from './search-attributes.ts';

export interface StepOptions<T> {
  /** What was found or done, one line for the checklist. */
  readonly note?: (result: T) => string;
}

interface Undo {
  readonly title: string;
  readonly run: () => Promise<unknown>;
}

export interface ProcedureFacts {
  readonly procedure: string;
  readonly stack: string;
  readonly database: string;
  readonly severity: string;
  readonly rtoMs: number;
}

export class Procedure {
  readonly #facts: ProcedureFacts;
  readonly #zone: string;
  readonly #steps: StepProgress[];
  readonly #undo: Undo[] = [];
  readonly #approvals: Approval[] = [];
  readonly #denied: Denial[] = [];
  #phase: Progress['phase'] = 'running';
  #listener: ((progress: Progress) => void) | undefined;
  #message: string | undefined;
  #choices: readonly string[] = [];

  /**
   * @param plan names and titles of all steps, in order, so that the checklist shows what is to come.
   * @param zone in which the checklist tells times: the plan's.
   */
  constructor(facts: ProcedureFacts, plan: readonly (readonly [name: string, title: string])[], zone = 'UTC') {
    this.#facts = facts;
    this.#zone = zone;
    this.#steps = plan.map(([name, title]) => ({ name, title, state: 'waiting' }));
    setHandler(progressQuery, () => this.progress(), {
      description: 'Where the procedure is: each step with its time and what it found',
    });
    this.#show();
  }

  /** @param listener is told of every change: of its steps, of its phase. */
  onChange(listener: (progress: Progress) => void): void {
    this.#listener = listener;
    listener(this.progress());
  }

  /** Runs one step and shows it. @returns what the step returns. @throws what it throws, after marking it failed. */
  async step<T>(name: string, run: () => Promise<T>, options: StepOptions<T> = {}): Promise<T> {
    this.#update(name, { state: 'running', startedAt: now() });
    try {
      const result = await run();
      this.#update(name, { state: 'done', endedAt: now(), ...(options.note ? { note: options.note(result) } : {}) });
      return result;
    } catch (error) {
      this.#update(name, {
        state: 'failed',
        endedAt: now(),
        note: isCancellation(error) ? 'cancelled' : firstLine(fromFailure(error).message),
      });
      throw error;
    }
  }

  /** Adds steps that turned out to be needed, before the report; those that are there already stay as they are. */
  add(plan: readonly (readonly [name: string, title: string])[]): void {
    const added = plan
      .filter(([name]) => !this.#steps.some((step) => step.name === name))
      .map(([name, title]): StepProgress => ({ name, title, state: 'waiting' }));
    if (added.length === 0) return;
    const report = this.#steps.findIndex((step) => step.name === 'report');
    this.#steps.splice(report < 0 ? this.#steps.length : report, 0, ...added);
    this.#show();
  }

  /** Marks a step as done whose work another step has done. */
  settled(name: string, note: string): void {
    this.#update(name, { state: 'done', startedAt: now(), endedAt: now(), note });
  }

  /** Leaves a step out, and says why. */
  skip(name: string, why: string): void {
    this.#update(name, { state: 'skipped', note: why });
  }

  /** In plan mode: what a step would do. */
  would(name: string, note: string): void {
    this.#update(name, { note });
  }

  /**
   * Registers how to undo what comes next. Called before the act: after a timeout its outcome may be unknown. One that is
   * registered already is replaced where it stands, so that what was to be undone after it still is.
   */
  onUndo(title: string, run: () => Promise<unknown>): void {
    const at = this.#undo.findIndex((undo) => undo.title === title);
    if (at < 0) this.#undo.push({ title, run });
    else this.#undo[at] = { title, run };
  }

  /**
   * Takes back what was registered, last first, also when the run is cancelled; each shows as a step of its own.
   *
   * @returns what could not be undone.
   */
  async unwind(): Promise<string[]> {
    return CancellationScope.nonCancellable(async () => {
      const failed: string[] = [];
      for (const undo of this.#undo.splice(0).reverse()) {
        const name = `undo: ${undo.title}`;
        this.#steps.push({ name, title: undo.title, state: 'running', startedAt: now() });
        try {
          await undo.run();
          this.#update(name, { state: 'undone', endedAt: now() });
        } catch (error) {
          const { message } = fromFailure(error);
          this.#update(name, { state: 'failed', endedAt: now(), note: firstLine(message) });
          failed.push(`${undo.title}: ${message}`);
        }
      }
      return failed;
    });
  }

  /** Forgets an undo that no longer applies (after the swap, the scratch database is the live one). */
  settle(title: string): void {
    const at = this.#undo.findIndex((undo) => undo.title === title);
    if (at >= 0) this.#undo.splice(at, 1);
  }

  /** @param choices what a person may choose, while it waits for that and not for an approval. */
  phase(phase: Progress['phase'], message?: string, choices: readonly string[] = []): void {
    this.#phase = phase;
    this.#message = message;
    this.#choices = choices;
    upsertSearchAttributes([{ key: searchAttributes.phase, value: phase }]);
    this.#show();
  }

  decided(approval: Approval): void {
    this.#approvals.push(approval);
    this.#show();
  }

  /** Somebody tried what the plan does not allow: the procedure's incident hears of it. */
  deny(denial: Denial): void {
    this.#denied.push(denial);
    this.#show();
  }

  get approvals(): readonly Approval[] {
    return this.#approvals;
  }

  isDone(name: string): boolean {
    return this.#steps.some((step) => step.name === name && step.state === 'done');
  }

  skipped(): string[] {
    return this.#steps.filter((step) => step.state === 'skipped').map((step) => step.name);
  }

  progress(): Progress {
    const { workflowId, runId, startTime } = workflowInfo();
    return {
      ...this.#facts,
      workflowId,
      runId,
      startedAt: startTime.toISOString(),
      phase: this.#phase,
      steps: this.#steps,
      approvals: this.#approvals,
      ...(this.#denied.length === 0 ? {} : { denied: this.#denied }),
      ...(this.#message === undefined ? {} : { message: this.#message }),
      ...(this.#choices.length === 0 ? {} : { choices: this.#choices }),
    };
  }

  /** @returns the checklist as Markdown: the current details, and the same text in the result. */
  checklist(): string {
    return checklistOf(this.progress(), this.#zone, Date.now());
  }

  #update(name: string, change: Partial<StepProgress>): void {
    const at = this.#steps.findIndex((step) => step.name === name);
    const step = this.#steps[at];
    if (step === undefined) throw new RangeError(`no step ${name}`);
    this.#steps[at] = { ...step, ...change };
    this.#show();
  }

  #show(): void {
    setCurrentDetails(this.checklist());
    this.#listener?.(this.progress());
  }
}

function now(): string {
  return new Date().toISOString();
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 300);
}
