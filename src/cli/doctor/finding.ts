import type { LoadedPlan } from '../../plan/load.ts';
import type { Temporal } from '../temporal.ts';

/** One thing that was looked at. */
export interface Finding {
  /** What it belongs to: `Temporal`, `backups`, `leftovers`. */
  readonly area: string;
  readonly ok: boolean;
  /** What was found, one line. */
  readonly text: string;
  /** The next command, where Kintsugi can't mend it itself. */
  readonly hint?: string;
  /** How Kintsugi can mend it; safe to run twice. */
  readonly mend?: Mend;
}

export interface Mend {
  /** What would be done: `set the retention to 30 d`. */
  readonly text: string;
  /** @returns what was done, one line. */
  readonly run: () => Promise<string>;
}

export interface DoctorContext {
  readonly loaded: LoadedPlan;
  /** null when Temporal does not answer. */
  readonly temporal: Temporal | null;
}

/** Looks at one thing and changes nothing. What it throws becomes a finding, so that one fault does not hide the others. */
export type Check = (context: DoctorContext) => Promise<readonly Finding[]>;
