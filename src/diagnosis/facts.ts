/**
 * What is seen of a stack, its machine and its database at one instant: all that a diagnosis and the recoveries of whole stacks
 * go by. Types only, serialisable, without secrets. Instants are ISO 8601 in UTC.
 */
import type { RecoveryName } from '../workflows/contract.ts';

export interface ContainerFacts {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly state: 'running' | 'restarting' | 'exited' | 'created' | 'paused' | 'dead';
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly exitCode: number;
  readonly outOfMemory: boolean;
  /** What the engine says of a start that failed: `network … not found`; empty if it says nothing. */
  readonly error: string;
  /** Restarts by Docker itself since a person or program started it. */
  readonly restarts: number;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** What the last health test that failed printed; null if none did. */
  readonly healthSaid: string | null;
  /** The end of its log, if it is not well. */
  readonly lastWords: readonly string[];
}

/** A service that Compose names, in the order in which services start. */
export interface ServiceFacts {
  readonly name: string;
  /** Ends by design and must not run again. */
  readonly runOnce: boolean;
  /** How many containers it is to have. */
  readonly replicas: number;
  /** Names of the services that it waits for, with Compose's conditions. */
  readonly needs: Readonly<Record<string, string>>;
}

export interface NetworkFacts {
  readonly name: string;
  readonly exists: boolean;
  /** Names of containers that should be in it and are not. */
  readonly detached: readonly string[];
}

export interface DiskFacts {
  /** What is on it: `the database`, `Docker`, `the backups`, `Kintsugi’s state`. */
  readonly of: readonly string[];
  readonly path: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Number of the device: two paths of the same are the same disk. */
  readonly device: number;
}

/** What runs, and what does not. */
export interface StackFacts {
  readonly at: string;
  readonly docker: { readonly answers: boolean; readonly why: string | null };
  /** Why Compose does not tell what belongs to the stack; null if it does. */
  readonly composeProblem: string | null;
  readonly services: readonly ServiceFacts[];
  readonly containers: readonly ContainerFacts[];
  readonly networks: readonly NetworkFacts[];
  readonly disks: readonly DiskFacts[];
  /** Names of running containers of this machine that are not the stack's. */
  readonly others: readonly string[];
}

/** A text that a log holds, and how often. */
export interface SymptomSeen {
  /** Name of a row of the table of symptoms. */
  readonly symptom: string;
  readonly service: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  /** The last such line. */
  readonly line: string;
}

export interface DatabaseFacts {
  /** Why the server could not be asked; null when it was. */
  readonly problem: string | null;
  readonly databases: readonly string[];
  /** Whether the protected database lets sessions in; null if it is not there. */
  readonly open: boolean | null;
  readonly connections: { readonly used: number; readonly most: number } | null;
  /** WAL that could not be archived: when it last failed, unless a later one succeeded; null if all is well or nothing is archived. */
  readonly archiveFailing: string | null;
  /** The plan's checks that did not pass. */
  readonly failedChecks: readonly { readonly name: string; readonly said: string }[];
  /** Names of invalid indexes. */
  readonly invalidIndexes: readonly string[];
  /** What the database says of its migration; null if it does not say. */
  readonly migration: readonly string[] | null;
}

export interface BackupsFacts {
  readonly newest: { readonly id: string; readonly takenAt: string; readonly bytes: number } | null;
  readonly broken: readonly string[];
  /** Why the folder can't be read; null if it can. */
  readonly problem: string | null;
}

export interface Observed extends StackFacts {
  readonly database: DatabaseFacts;
  /** Heads of the migrations in the application's image; null if it could not be asked. */
  readonly migrationHeads: readonly string[] | null;
  /** Services that run another image than when the stack was last recorded as healthy, with the commit of then, and when that was. */
  readonly newCode: readonly { readonly service: string; readonly commit: string; readonly at: string }[];
  readonly symptoms: readonly SymptomSeen[];
  /** When the last transaction is known to have ended, from the database server's log; null if it does not tell. */
  readonly lastCommitAt: string | null;
  readonly backups: BackupsFacts;
  readonly health: readonly { readonly name: string; readonly url: string; readonly ok: boolean; readonly answer: string }[];
}

/** What is to be started: a recovery procedure, or something simpler. */
export type Remedy = RecoveryName | 'backup' | 'none';

/** Something that speaks for a remedy. */
export interface Sign {
  readonly remedy: Remedy;
  /** How much it says, above 0 and below 1: the chance that the remedy is right when nothing else is known. */
  readonly weight: number;
  /** One line for people. */
  readonly text: string;
}

export interface Suggestion {
  readonly remedy: Remedy;
  /** From 0 to 1. */
  readonly confidence: number;
  readonly reasons: readonly string[];
  /** What to type. */
  readonly command: string;
}

export interface Diagnosis {
  readonly at: string;
  readonly well: boolean;
  /** What is wrong, a line each, the worst first; empty if all is well. */
  readonly wrong: readonly string[];
  /** The most likely cause, one line; null if nothing points to one. */
  readonly likely: string | null;
  /** The most confident first. */
  readonly suggestions: readonly Suggestion[];
  /** What a recovery from a backup would begin with and lose; null if there is no backup. */
  readonly backup: { readonly id: string; readonly takenAt: string; readonly lossMs: number } | null;
  /** What could not be looked at, a line each. */
  readonly unseen: readonly string[];
}
