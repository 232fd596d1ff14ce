import type { Plan } from '../../plan/schema.ts';
import type { WorkerContext } from '../context.ts';

/** What may be freed, in the order in which it is: from what nobody misses to what somebody might. Never a volume. */
export const kinds = ['build cache', 'dangling image', 'rotated log', 'expired backup', 'reserve'] as const;
export type CandidateKind = (typeof kinds)[number];

/** Something that can go. */
export interface Candidate {
  readonly kind: CandidateKind;
  readonly name: string;
  /** As far as it is known before it goes. */
  readonly bytes: number;
  /** A folder of the disk on which it frees space. */
  readonly place: string;
  /** Frees it; nothing happens if it is gone already. @returns how many bytes that gave; null if nothing went. */
  readonly free: () => Promise<number | null>;
}

export interface Reclaiming {
  readonly context: WorkerContext;
  readonly plan: Plan;
  readonly database: string;
  readonly dockerAnswers: boolean;
  /** Docker's data folder. */
  readonly dockerFolder: string;
  /** Where the database's files are on this machine; null if that is not known. */
  readonly databaseFolder: string | null;
  readonly signal: AbortSignal;
}

/** Finds what can go of one kind, without touching anything. */
export type Finder = (reclaiming: Reclaiming) => Promise<readonly Candidate[]>;
