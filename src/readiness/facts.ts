/**
 * What was seen of everything that a recovery needs. The judgement (`judge.ts`), the page and the metrics are made of it, so they
 * cannot say different things. Instants are milliseconds since 1970, lengths of time milliseconds.
 */

import type { Severity } from '../plan/schema.ts';
import type { Tier } from '../plan/tier-names.ts';
import type { Standing } from '../verification/known.ts';

/** What was seen, or why it could not be looked at: one fault must not hide the rest. */
export type Seen<T> = { readonly is: T } | { readonly fault: string; readonly hint: string | null };

export interface ReadinessFacts {
  readonly at: number;
  readonly backups: Seen<BackupsSeen>;
  /** Restores on this machine, oldest first. */
  readonly restores: readonly MeasuredRestore[];
  /** Recoveries of the plan's database that ended, oldest first. */
  readonly recoveries: readonly RecoverySeen[];
  /** Drills, oldest first. */
  readonly drills: readonly DrillSeen[];
  /** The last try of the message channels; null: never. */
  readonly channels: ChannelsSeen | null;
  readonly temporal: Seen<TemporalSeen>;
  readonly server: Seen<ServerSeen>;
}

export interface BackupsSeen {
  readonly folder: string;
  /** Those of the plan's database, and damaged ones that may have been of it; newest first. */
  readonly stored: readonly BackupSeen[];
  /** Id of the one that a recovery takes by itself; null: there is none that it would take. */
  readonly chosen: string | null;
  /** Whether what the chosen one is encrypted with can be read here; null: it is not encrypted. */
  readonly key: { readonly ok: boolean; readonly text: string } | null;
}

export interface BackupSeen {
  readonly id: string;
  readonly takenAt: number;
  /** How long it took; null of a damaged one. */
  readonly tookMs: number | null;
  readonly bytes: number;
  /** Size of the database in the server when it was taken; null of a damaged one. */
  readonly databaseBytes: number | null;
  readonly tiers: readonly Tier[];
  /** What is wrong with its manifest; null of a sound one. */
  readonly broken: string | null;
  readonly standing: Standing;
  /** How many of its verifications ended with a verdict against it. */
  readonly failures: number;
}

/** How long a restore took here, without the waiting for people. */
export interface MeasuredRestore {
  /** A recovery or a drill is measured to the healthy application; a verification only until it is restored and compared. */
  readonly kind: 'recovery' | 'drill' | 'verification';
  readonly at: number;
  /** Size of the backup; null: not known. */
  readonly bytes: number | null;
  readonly ms: number;
}

export interface RecoverySeen {
  readonly workflowId: string;
  /** Name of the workflow type. */
  readonly procedure: string;
  readonly endedAt: number;
  readonly well: boolean;
  /** Start to healthy application, people's waiting included; null of one that failed. */
  readonly rtaMs: number | null;
  readonly rpaMs: number | null;
}

export interface DrillSeen {
  readonly workflowId: string;
  readonly startedAt: number;
  readonly well: boolean;
  /** How long the recovery took in it; null of one that did not come so far. */
  readonly rtaMs: number | null;
  /** How old the backup was; null: not known. */
  readonly rpaMs: number | null;
  /** Size of the backup that it restored; null: not known. */
  readonly bytes: number | null;
  /** One line: what it found. */
  readonly text: string;
}

export interface ChannelsSeen {
  readonly at: number;
  readonly tried: readonly { readonly ok: boolean; readonly text: string }[];
}

export interface TemporalSeen {
  readonly workers: readonly { readonly host: string; readonly pid: number; readonly build: string }[];
  readonly schedules: readonly ScheduleSeen[];
  readonly incidents: readonly IncidentSeen[];
  /** Workflow id of the recovery that is at work now. */
  readonly recovery: string | null;
}

export interface ScheduleSeen {
  /** Name of the kind, as `kintsugi schedules` takes it. */
  readonly kind: string;
  readonly state: 'active' | 'paused' | 'missing';
  /** Why it is paused. */
  readonly note: string;
  /** Null: it has none. */
  readonly next: number | null;
  readonly last: number | null;
  /** Dates that passed without a run, as the server counted them since the schedule was made. */
  readonly missed: number;
}

/** An incident whose problem is not gone yet. */
export interface IncidentSeen {
  readonly workflowId: string;
  readonly severity: Severity;
  /** `triggered`, `acknowledged` or `mitigated`. */
  readonly status: string;
}

export interface ServerSeen {
  readonly version: string;
  /** Size of the live database; null: it is not there. */
  readonly liveBytes: number | null;
  /** What a transaction log may grow to. */
  readonly walBytes: number;
  /** Free beside the database's files; null where the engine is on another host. */
  readonly freeBytes: number | null;
}
