/** What a schedule is, in a form in which the plan's and the server's can be compared. Pure. */
import { byText } from '../catalog/order.ts';
import type { Plan } from '../plan/schema.ts';
import { milliseconds } from '../plan/units.ts';
import { taskQueueOf } from '../workflows/task-queues.ts';
import { type Rule, ruleWords } from './calendar.ts';
import { type KindName, type KindRun, kindNames, kinds } from './kinds.ts';

/** All of it is text or numbers: it is compared field by field, and shown. */
export interface Definition {
  /** Its rules in words, sorted. */
  readonly times: readonly string[];
  readonly zone: string;
  readonly jitterMs: number;
  readonly catchUpMs: number;
  readonly overlap: string;
  readonly pauseOnFailure: boolean;
  readonly workflowType: string;
  readonly taskQueue: string;
  /** The argument, as JSON. */
  readonly input: string;
}

/** A schedule that the plan wants. */
export interface WantedSchedule {
  readonly kind: KindName;
  readonly id: string;
  readonly rules: readonly Rule[];
  readonly run: KindRun;
  readonly definition: Definition;
}

/** @returns the id of the schedule of a kind. Another stack's may begin alike, so the id alone does not tell whose it is. */
export function scheduleId(project: string, kind: KindName): string {
  return `kintsugi-${project}-${kind}`;
}

/** @returns the schedules that a plan wants: kinds that are on. */
export function wantedSchedules(plan: Plan): WantedSchedule[] {
  return kindNames.flatMap((kind) => {
    const { when, run } = kinds[kind];
    const rules = when(plan);
    if (rules.length === 0) return [];
    const definition = {
      times: wordsOf(rules),
      zone: plan.zone,
      jitterMs: milliseconds(run.jitter),
      catchUpMs: milliseconds(run.catchUp),
      overlap: run.overlap,
      pauseOnFailure: run.pauseOnFailure,
      workflowType: run.workflowType,
      taskQueue: taskQueueOf(plan),
      input: JSON.stringify(run.input),
    };
    return [{ kind, id: scheduleId(plan.stack.project, kind), rules, run, definition }];
  });
}

/** @returns rules in words, each once, sorted: two lists of rules are the same exactly when their words are. */
export function wordsOf(rules: readonly Rule[]): string[] {
  return [...new Set(rules.map(ruleWords))].sort(byText);
}
