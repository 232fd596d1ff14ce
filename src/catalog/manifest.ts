import { z } from 'zod';
import { tierNames } from '../plan/tier-names.ts';

const file = z.strictObject({
  /** Path inside the backup's folder, with forward slashes. */
  path: z.string(),
  bytes: z.int().nonnegative(),
  sha256: z.string().length(64),
});
export type ManifestFile = z.infer<typeof file>;

const table = z.strictObject({
  schema: z.string(),
  name: z.string(),
  /** Of materialized views those that are populated. The restore refreshes them: stale in the database, their rows may differ then. */
  kind: z.enum(['table', 'materialized view']),
  rows: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  /** Order-independent hash over whole rows, two sums as decimal text; missing when the backup was taken without fingerprints. */
  fingerprint: z.string().optional(),
});
export type ManifestTable = z.infer<typeof table>;

const sequence = z.strictObject({
  schema: z.string(),
  name: z.string(),
  lastValue: z.string(),
  /** False: `lastValue` itself is what nextval gives next. */
  isCalled: z.boolean(),
});
export type ManifestSequence = z.infer<typeof sequence>;

/** What CREATE DATABASE and ALTER DATABASE say of a database: pg_restore into another name does not bring it along. */
const databaseProperties = z.strictObject({
  name: z.string(),
  owner: z.string(),
  encoding: z.string(),
  localeProvider: z.enum(['libc', 'icu', 'builtin']),
  collate: z.string(),
  ctype: z.string(),
  icuLocale: z.string().nullable(),
  connectionLimit: z.int(),
  tablespace: z.string(),
  comment: z.string().nullable(),
  /** aclitem texts, or null for the default privileges. */
  acl: z.array(z.string()).nullable(),
  /** `ALTER DATABASE … SET` and `ALTER ROLE … IN DATABASE … SET`; role null means every role. */
  settings: z.array(z.strictObject({ role: z.string().nullable(), name: z.string(), value: z.string() })),
});
export type DatabaseProperties = z.infer<typeof databaseProperties>;

/**
 * The manifest of a backup: everything that a restore is compared with, read in the very snapshot that pg_dump dumped.
 *
 * It stands beside the archive as `manifest.json`; its own sha256 stands in `manifest.json.sha256`. A folder without both is
 * not a backup. Unknown keys are errors, so that a damaged or foreign manifest is never half understood.
 */
export const manifestSchema = z.strictObject({
  format: z.literal(1),
  /** `20261123T142501Z-7f3a`: the instant of the snapshot in UTC and four hexadecimal digits. */
  id: z.string(),
  stack: z.string(),
  /** The instant of the snapshot, ISO 8601 in UTC: what a restore brings back. */
  takenAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** Workflow that took it, and why (schedule, person, recovery). */
  takenBy: z.strictObject({ workflowId: z.string(), runId: z.string(), reason: z.string() }),
  /** The tiers that it serves; missing: a schedule did not take it, so no schedule lets it go. */
  tiers: z.array(z.enum(tierNames)).min(1).optional(),
  server: z.strictObject({
    version: z.string(),
    versionNumber: z.int(),
    systemIdentifier: z.string(),
    image: z.string(),
    lsn: z.string(),
  }),
  database: databaseProperties,
  /** The archive's path in the folder: `data` (directory format); entries of its table of contents. */
  archive: z.strictObject({ path: z.string(), format: z.literal('directory'), compression: z.int(), entries: z.int() }),
  /** Path of pg_dumpall's output of roles and tablespaces. */
  globals: z.string(),
  /** Whether it holds the roles' passwords too: only a superuser can read them. */
  globalsWithPasswords: z.boolean(),
  /** Roles that own something in the database or are named in its privileges and settings. */
  roles: z.array(z.string()),
  extensions: z.array(z.strictObject({ name: z.string(), version: z.string(), schema: z.string() })),
  tables: z.array(table),
  /** As the archive sets them: sequences heed no snapshot, so what the database says a moment later may be ahead. */
  sequences: z.array(sequence),
  /** A hash over owners, privileges and comments, and with `content` over every byte. */
  largeObjects: z.strictObject({ count: z.int().nonnegative(), sum: z.string(), content: z.boolean() }),
  /** sha256 of each object's definition as pg_dump writes it, under `type schema.name`; and one over all. */
  schema: z.strictObject({ sha256: z.string().length(64), objects: z.record(z.string(), z.array(z.string())) }),
  migration: z.strictObject({ tool: z.string(), head: z.array(z.string()) }).nullable(),
  /** Size of the database in the server, in bytes: what a restore beside needs at least. */
  databaseBytes: z.int().nonnegative(),
  encryption: z.strictObject({ format: z.literal('openpgp'), cipher: z.literal('AES256') }).nullable(),
  files: z.array(file),
});

/** @see manifestSchema */
export type Manifest = z.infer<typeof manifestSchema>;
