/** How the schedules of a server differ from those of the plan, and what is to be done about it. Pure. */
import { words } from '../text/time.ts';
import type { Definition, WantedSchedule } from './definition.ts';
import type { KindName } from './kinds.ts';

/** A schedule of ours as the server has it. */
export interface FoundSchedule {
  readonly id: string;
  readonly kind: string;
  /** As it is now. */
  readonly definition: Definition;
  /** As Kintsugi last made it; null if that mark was taken away. */
  readonly applied: Definition | null;
  readonly paused: boolean;
}

/** One field that differs: `times: 02:00 every day → 03:00 every day`. */
export type Difference = string;

export type Change =
  | { readonly act: 'create'; readonly kind: KindName; readonly id: string; readonly times: readonly string[] }
  | {
      readonly act: 'update';
      readonly kind: KindName;
      readonly id: string;
      /** From what is there to what the plan wants. */
      readonly differences: readonly Difference[];
      /** What somebody changed by hand since Kintsugi last made it; empty if nobody did. */
      readonly byHand: readonly Difference[];
    }
  | { readonly act: 'remove'; readonly kind: string; readonly id: string; readonly byHand: readonly Difference[] }
  | { readonly act: 'keep'; readonly kind: KindName; readonly id: string };

/** @returns what makes the server's schedules those of the plan, in the plan's order, removals last. */
export function changesOf(wanted: readonly WantedSchedule[], found: readonly FoundSchedule[]): Change[] {
  const made = wanted.map(({ kind, id, definition }): Change => {
    const there = found.find((each) => each.id === id);
    if (there === undefined) return { act: 'create', kind, id, times: definition.times };
    const differences = differencesOf(there.definition, definition);
    return differences.length === 0
      ? { act: 'keep', kind, id }
      : { act: 'update', kind, id, differences, byHand: byHandOf(there) };
  });
  const left = found.filter(({ id }) => wanted.every((each) => each.id !== id));
  return [...made, ...left.map((each): Change => ({ act: 'remove', kind: each.kind, id: each.id, byHand: byHandOf(each) }))];
}

/** @returns what was changed by hand: what is there now, against what Kintsugi last made. */
function byHandOf({ applied, definition }: FoundSchedule): Difference[] {
  return applied === null ? ['the mark of what Kintsugi made is gone'] : differencesOf(applied, definition);
}

/** @returns each field that differs, in words. */
function differencesOf(from: Definition, to: Definition): Difference[] {
  return (Object.keys(labels) as (keyof Definition)[]).flatMap((field) => {
    const [before, after] = [shown(field, from), shown(field, to)];
    return before === after ? [] : [`${labels[field]}: ${before} → ${after}`];
  });
}

const labels: Readonly<Record<keyof Definition, string>> = {
  times: 'times',
  zone: 'zone',
  overlap: 'when the one before still runs',
  catchUpMs: 'made up for',
  jitterMs: 'jitter',
  pauseOnFailure: 'pauses on failure',
  workflowType: 'procedure',
  taskQueue: 'task queue',
  input: 'input',
};

function shown(field: keyof Definition, definition: Definition): string {
  const value = definition[field];
  if (Array.isArray(value)) return value.join('; ') || 'never';
  if (field === 'catchUpMs') return `up to ${words(definition.catchUpMs)} late`;
  return field === 'jitterMs' ? words(definition.jitterMs) : String(value);
}
