/**
 * Compares the restored copy with what the backup promises: every object's definition, the rows of every table, content
 * fingerprints where the backup has them, sequences, extensions, the validity of indexes and constraints, then the plan's checks.
 */
import type pg from 'pg';
import type { BackupFacts } from '../../catalog/facts.ts';
import type { Manifest } from '../../catalog/manifest.ts';
import { readManifest } from '../../catalog/read.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { IntegrityCheck } from '../../plan/schema.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { readSequences } from './inventory.ts';
import { databaseNames } from './marker.ts';
import type { RestoreSource } from './restore.ts';
import { countRows, type TableCount } from './row-counts.ts';
import { compareSchemaObjects, type SchemaObjects } from './schema-objects.ts';
import { archiveObjects, databaseObjects } from './schema-text.ts';
import { serverAccess, withClient } from './server.ts';

export interface VerifyEvidence {
  readonly tables: number;
  readonly rows: number;
  readonly objects: number;
  readonly fingerprints: number;
  readonly checks: number;
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
  const access = await serverAccess(context, input.plan);
  const manifest = input.facts.hasManifest ? await readManifest(input.facts.path) : null;
  const fingerprints = manifest?.tables.some((table) => table.fingerprint !== undefined) ?? false;
  const [promised, restored, counts] = await Promise.all([
    manifest === null
      ? archiveObjects(context, input, { kind: input.source.kind, path: input.source.archive })
      : new Map(Object.entries(manifest.schema.objects)),
    databaseObjects(context, input, scratch, { step: 'verify-schema' }),
    countRows(access, scratch, { jobs: input.plan.restore.jobs, fingerprints, signal }),
  ]);
  const schema = compareSchemaObjects(input.source.createsPublic ? withoutPublic(promised) : promised, restored);
  const differences = [
    ...schema.missing.map((key) => `missing: ${key}`),
    ...schema.different.map((key) => `different: ${key}`),
    ...schema.extra.map((key) => `not in the backup: ${key}`),
    ...(manifest === null ? [] : tableDifferences(manifest, counts)),
    ...(await withClient(access, scratch, (client) => catalogDifferences(client, manifest))),
  ];
  if (differences.length > 0) throw differs(differences);
  const checks = input.skipChecks ? [] : input.plan.checks;
  if (checks.length > 0) await withClient(access, scratch, (client) => runChecks(client, checks));
  const rows = counts.reduce((sum, table) => sum + table.rows, 0);
  const compared =
    manifest === null ? 'the backup has no manifest, so row counts were not compared' : 'all equal to the manifest';
  return {
    tables: counts.length,
    rows,
    objects: restored.size,
    fingerprints: fingerprints ? counts.length : 0,
    checks: checks.length,
    limited: manifest === null,
    comment: input.source.properties?.comment ?? null,
    summary: `${rows} rows in ${counts.length} tables, ${restored.size} objects${fingerprints ? ', content fingerprints' : ''}: ${compared}; ${checks.length} checks passed`,
  };
}

/** A dump of the schema public alone makes it anew; the copy keeps its own, of which pg_dump then says nothing. */
function withoutPublic(promised: SchemaObjects): SchemaObjects {
  return new Map([...promised].filter(([key]) => key !== 'SCHEMA public' && key !== 'COMMENT SCHEMA public'));
}

function tableDifferences(manifest: Manifest, counts: readonly TableCount[]): string[] {
  const actual = new Map(counts.map((table) => [`${table.schema}.${table.name}`, table]));
  return manifest.tables.flatMap((expected) => {
    const name = `${expected.schema}.${expected.name}`;
    const found = actual.get(name);
    if (found === undefined) return [`missing: table ${name}`];
    if (found.rows !== expected.rows) return [`${name}: ${found.rows} rows, the backup has ${expected.rows}`];
    return expected.fingerprint !== undefined && found.fingerprint !== expected.fingerprint
      ? [`${name}: the content differs`]
      : [];
  });
}

async function catalogDifferences(client: pg.Client, manifest: Manifest | null): Promise<string[]> {
  const invalid = await client.query<{ name: string }>(
    'SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid OR NOT indisready',
  );
  const differences = invalid.rows.map((row) => `invalid index: ${row.name}`);
  if (manifest === null) return differences;
  const values = new Map((await readSequences(client)).map((sequence) => [`${sequence.schema}.${sequence.name}`, sequence]));
  for (const expected of manifest.sequences) {
    const name = `${expected.schema}.${expected.name}`;
    const found = values.get(name);
    // Sequences heed no snapshot: what the dump holds may be a little ahead of what was read for the manifest, never behind.
    const ahead =
      found !== undefined && (found.isCalled || !expected.isCalled) && BigInt(found.lastValue) >= BigInt(expected.lastValue);
    if (!ahead && found?.lastValue !== expected.lastValue) {
      differences.push(`sequence ${name}: ${found?.lastValue ?? 'missing'}, the backup has ${expected.lastValue}`);
    }
  }
  const extensions = await client.query<{ name: string }>('SELECT extname AS name FROM pg_extension');
  const present = new Set(extensions.rows.map((row) => row.name));
  differences.push(
    ...manifest.extensions
      .filter((extension) => !present.has(extension.name))
      .map((extension) => `missing: extension ${extension.name}`),
  );
  const large = await client.query<{ count: string }>('SELECT count(*) AS count FROM pg_largeobject_metadata');
  if (Number(large.rows[0]?.count) !== manifest.largeObjects)
    differences.push(`${large.rows[0]?.count} large objects, the backup has ${manifest.largeObjects}`);
  return differences;
}

async function runChecks(client: pg.Client, checks: readonly IntegrityCheck[]): Promise<void> {
  await client.query('BEGIN READ ONLY');
  for (const check of checks) {
    const { rows } = await client.query({ text: check.sql, rowMode: 'array' });
    const value: unknown = rows[0]?.[0];
    if (!passes(check.expect, value)) {
      throw new KintsugiError(
        'VERIFY_FAILED',
        `The check “${check.name}” found ${String(value)} in the restored copy; expected ${JSON.stringify(check.expect)}.`,
        {
          hints: ['choose an older backup: kintsugi backup list', 'kintsugi recover restore --skip checks, then repair'],
        },
      );
    }
  }
  await client.query('ROLLBACK');
}

function passes(expect: IntegrityCheck['expect'], value: unknown): boolean {
  if ('equals' in expect) return String(value) === String(expect.equals);
  return 'atLeast' in expect ? Number(value) >= expect.atLeast : Number(value) <= expect.atMost;
}

function differs(differences: readonly string[]): KintsugiError {
  const shown = differences.slice(0, 10).join('; ');
  const more = differences.length > 10 ? ` and ${differences.length - 10} more` : '';
  return new KintsugiError('VERIFY_FAILED', `The restored copy differs from the backup: ${shown}${more}.`, {
    hints: ['choose another backup: kintsugi backup list', 'kintsugi report'],
  });
}
