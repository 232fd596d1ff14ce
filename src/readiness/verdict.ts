/** The words in which readiness is judged. Pure. */
import { words } from '../text/time.ts';
import type { Prediction } from './predict.ts';

/** Green: as promised. Amber: a recovery would work, and something needs a person soon. Red: it would not, or not as promised. */
export const levels = ['green', 'amber', 'red'] as const;
export type Level = (typeof levels)[number];

/** One thing that a recovery needs. */
export interface Line {
  /** `backup`, `time to recover`. */
  readonly name: string;
  readonly level: Level;
  readonly text: string;
  /** What to type; null where nothing is to be done, or no command of ours does it. */
  readonly command: string | null;
}

/** @returns the worst of some levels; green of none. */
export function worst(all: readonly Level[]): Level {
  return levels[Math.max(0, ...all.map((level) => levels.indexOf(level)))] ?? 'green';
}

/** @returns `3 min to 5 min`; one of them where both read the same. */
export function rangeText({ lowMs, highMs }: Pick<Prediction, 'lowMs' | 'highMs'>): string {
  return words(lowMs) === words(highMs) ? words(highMs) : `${words(lowMs)} to ${words(highMs)}`;
}

/**
 * The exit statuses of `kintsugi ready`, as Nagios, Icinga, Sensu and those that follow them read them: OK, WARNING, CRITICAL. A plan that
 * can't be read ends with 3, which they call UNKNOWN.
 */
export const monitorStatus: Readonly<Record<Level, number>> = { green: 0, amber: 1, red: 2 };
