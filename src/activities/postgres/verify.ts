/**
 * Compares the restored copy with what the backup promises: every object's definition, the rows of every table, content
 * fingerprints where the backup has them, sequences, extensions, the validity of indexes and constraints, then the plan's checks.
 */
import type { BackupFacts } from '../../catalog/facts.ts';
import { readManifest } from '../../catalog/read.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { contentDifferences, invalidIndexes, propertyDifferences, tableDifferences } from './content-differences.ts';
import { databaseNames } from './marker.ts';
import { runChecks } from './plan-checks.ts';
import type { RestoreSource } from './restore.ts';
import { countRows } from './row-counts.ts';
import { compareSchemaObjects, type SchemaObjects } from './schema-objects.ts';
import { archiveObjects, databaseObjects } from './schema-text.ts';
import { serverAccess, withClient } from './server.ts';
import { restoreErrors, type ServerLogEvidence } from './server-log.ts';

export interface VerifyEvidence {
  readonly tables: number;
  readonly rows: number;
  readonly objects: number;
  readonly fingerprints: number;
  readonly checks: number;
  readonly serverLog: ServerLogEvidence;
  /** Materialized views that were stale when the backup was taken; the restore refreshed them. */
  readonly refreshed: readonly string[];
  /** True when the backup has no manifest, so that counts could not be compared. */
  readonly limited: boolean;
  /** The comment that the live database gets. */
  readonly comment: string | null;
  readonly summary: string;
}

export interface VerifyInput extends StepInput {
  readonly facts: BackupFacts;
  readonly source: RestoreSource;
  readonly skipChecks: boolean;
}

/** @throws KintsugiError VERIFY_FAILED that names what differs, up to ten. */
export async function verifyRestored(context: WorkerContext, input: VerifyInput): Promise<VerifyEvidence> {
  return beating(
    () => ({ text: 'comparing the copy with the backup' }),
    (signal) => compare(context, input, signal),
  );
}

async function compare(context: WorkerContext, input: VerifyInput, signal: AbortSignal): Promise<VerifyEvidence> {
  const { scratch } = databaseNames(input.database, input.runId);
  const access = await serverAccess(context, input);
  const manifest = input.facts.hasManifest ? await readManifest(input.facts.path) : null;
  const fingerprints = manifest?.tables.some((table) => table.fingerprint !== undefined) ?? false;
  const [promised, restored, counts, serverLog] = await Promise.all([
    manifest === null
      ? archiveObjects(context, input, { kind: input.source.kind, path: input.source.archive })
      : new Map(Object.entries(manifest.schema.objects)),
    databaseObjects(context, input, scratch, { step: 'verify-schema', owners: input.facts.hasOwners }),
    countRows(access, scratch, { jobs: input.plan.restore.jobs, fingerprints, signal }),
    restoreErrors(context, input, access),
  ]);
  const tables = manifest === null ? null : tableDifferences(manifest.tables, counts);
  const schema = compareSchemaObjects(input.source.createsPublic ? withoutPublic(promised) : promised, restored);
  const differences = [
    ...schema.missing.map((key) => `missing: ${key}`),
    ...schema.different.map((key) => `different: ${key}`),
    ...schema.extra.map((key) => `not in the backup: ${key}`),
    ...(tables?.differences ?? []),
    ...(await withClient(access, scratch, async (client) => [
      ...(await invalidIndexes(client)),
      ...(manifest === null ? [] : await contentDifferences(client, manifest)),
      ...(input.source.properties === null ? [] : await propertyDifferences(client, scratch, input.source.properties)),
    ])),
    ...serverLog.unexpected.map((text) => `in the server’s log of the restore: ${text}`),
  ];
  if (differences.length > 0) throw differs(differences);
  // Another database has other tables.
  const ofPlan = input.database === input.plan.database.name;
  const checks = input.skipChecks || !ofPlan ? [] : input.plan.checks;
  if (checks.length > 0) await withClient(access, scratch, (client) => runChecks(client, checks));
  const rows = counts.reduce((sum, table) => sum + table.rows, 0);
  const compared =
    manifest === null ? 'the backup has no manifest, so row counts were not compared' : 'all equal to the manifest';
  const comparedText = `${rows} rows in ${counts.length} tables, ${restored.size} objects${fingerprints ? ', content fingerprints' : ''}: ${compared}`;
  const checksText = ofPlan
    ? `${checks.length} checks passed`
    : `no checks: those of the plan are for ${input.plan.database.name}`;
  const refreshed = tables?.refreshed ?? [];
  const refreshedText = refreshed.length === 0 ? [] : [`were stale in the backup and are refreshed: ${refreshed.join(', ')}`];
  return {
    tables: counts.length,
    rows,
    objects: restored.size,
    fingerprints: fingerprints ? counts.length : 0,
    checks: checks.length,
    serverLog,
    refreshed,
    limited: manifest === null,
    comment: input.source.properties?.comment ?? null,
    summary: [comparedText, checksText, logText(serverLog), ...refreshedText].join('; '),
  };
}

/** A dump of the schema public alone makes it anew; the copy keeps its own, of which pg_dump then says nothing. */
function withoutPublic(promised: SchemaObjects): SchemaObjects {
  return new Map([...promised].filter(([key]) => key !== 'SCHEMA public' && key !== 'COMMENT SCHEMA public'));
}

function logText({ unreadable, expected }: ServerLogEvidence): string {
  if (unreadable !== null) return `the server’s log was not read (${unreadable})`;
  return `no error in the server’s log${expected === 0 ? '' : `, beside ${expected} of interruptions`}`;
}

function differs(differences: readonly string[]): KintsugiError {
  const shown = differences.slice(0, 10).join('; ');
  const more = differences.length > 10 ? ` and ${differences.length - 10} more` : '';
  return new KintsugiError('VERIFY_FAILED', `The restored copy differs from the backup: ${shown}${more}.`, {
    hints: ['choose another backup: kintsugi backup list', 'kintsugi report'],
  });
}
