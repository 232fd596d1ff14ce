/** The formats of a backup: ours (directory format with a manifest), and what pg_dump writes for others. */
export type BackupKind = 'kintsugi' | 'directory' | 'custom' | 'tar' | 'plain' | 'plain.gz' | 'plain.zst';

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
  /** How it was checked, in words: `sha256 of 12 files`, `table of contents`. */
  readonly checkedBy: readonly string[];
}
