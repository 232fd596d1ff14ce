/** The formats of a backup: ours (directory format with a manifest), and what pg_dump writes for others. */
export type BackupKind = 'kintsugi' | 'directory' | 'custom' | 'tar' | 'plain' | 'plain.gz' | 'plain.zst';

/** What speaks for the backup that a recovery takes, and against newer ones. */
export interface BackupChoice {
  readonly tiers: readonly string[];
  /** The last verification that it passed, and what that shows. */
  readonly verified: { readonly at: string; readonly means: 'checksums' | 'listing' | 'restore' } | null;
  /** For people: whether it was proven to restore, and by how much it is older than others that were not taken, and why. */
  readonly notes: readonly string[];
}

/** What is known of a backup after it was checked; small enough for a workflow's history. */
export interface BackupFacts {
  /** Id of ours, file name of a foreign one. */
  readonly id: string;
  /** Absolute path of the backup's folder or file. */
  readonly path: string;
  readonly kind: BackupKind;
  /** ISO 8601 in UTC: what a restore brings back; null when the backup does not tell. */
  readonly takenAt: string | null;
  readonly bytes: number;
  readonly files: number;
  readonly databaseName: string | null;
  readonly serverVersion: string | null;
  readonly serverVersionNumber: number | null;
  /** Size of the database in its server, in bytes. */
  readonly databaseBytes: number | null;
  readonly roles: readonly string[];
  /** Whether it says who owns what: a dump that was made with --no-owner does not. */
  readonly hasOwners: boolean;
  readonly extensions: readonly { readonly name: string; readonly version: string | null }[];
  readonly tocEntries: number | null;
  readonly hasManifest: boolean;
  readonly encrypted: boolean;
  readonly createsDatabase: boolean;
  /** Whether it makes the schema public, as a dump of that schema alone does. */
  readonly createsPublic: boolean;
  /** Why it is this one; only of one that was chosen. */
  readonly choice?: BackupChoice;
  /** How it was checked, in words: `sha256 of 12 files`, `table of contents`. */
  readonly checkedBy: readonly string[];
}
