import type pg from 'pg';
import type { DatabaseProperties, Manifest, ManifestSequence, ManifestTable } from '../../catalog/manifest.ts';
import { describePrivileges } from './database-privileges.ts';
import { readProperties, readSequences } from './inventory.ts';
import { readLargeObjects } from './large-objects.ts';
import type { TableCount } from './row-counts.ts';

type Named = Pick<ManifestTable, 'schema' | 'name'>;

// Names may hold dots.
const keyOf = ({ schema, name }: Named): string => JSON.stringify([schema, name]);
const nameOf = ({ schema, name }: Named): string => `${schema}.${name}`;

export interface TableDifferences {
  readonly differences: readonly string[];
  /** Materialized views that were stale in the backup, so that the restore's refresh gave them other rows. */
  readonly refreshed: readonly string[];
}

/** @returns in which tables the copy's rows are not those of the backup. */
export function tableDifferences(tables: Manifest['tables'], counts: readonly TableCount[]): TableDifferences {
  const actual = new Map(counts.map((table) => [keyOf(table), table]));
  const expected = new Set(tables.map(keyOf));
  const differences: string[] = [];
  const refreshed: string[] = [];
  for (const table of tables) {
    const difference = tableDifference(table, actual.get(keyOf(table)));
    if (difference === null) continue;
    if (table.kind === 'materialized view' && actual.has(keyOf(table))) refreshed.push(nameOf(table));
    else differences.push(difference);
  }
  const extra = counts.filter((table) => !expected.has(keyOf(table)));
  differences.push(...extra.map((table) => `not in the backup: rows of the ${table.kind} ${nameOf(table)}`));
  return { differences, refreshed };
}

function tableDifference(expected: ManifestTable, found: TableCount | undefined): string | null {
  const name = nameOf(expected);
  if (found === undefined) return `missing: rows of the ${expected.kind} ${name}`;
  if (found.rows !== expected.rows) return `${name}: ${found.rows} rows, the backup has ${expected.rows}`;
  const other = expected.fingerprint !== undefined && found.fingerprint !== expected.fingerprint;
  return other ? `${name}: the content differs` : null;
}

/**
 * @returns indexes that are not valid, as after a CREATE INDEX that failed: pg_dump never dumps such. One of a partitioned table
 * is valid when every partition has its part of it, which its definition tells.
 */
export async function invalidIndexes(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT n.nspname || '.' || c.relname AS name
       FROM pg_index JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'i' AND NOT (indisvalid AND indisready)`,
  );
  return rows.map((row) => `invalid index: ${row.name}`);
}

/** @returns in which sequences, extensions and large objects the copy is not as the backup says. */
export async function contentDifferences(client: pg.Client, manifest: Manifest): Promise<string[]> {
  const extensions = await client.query<{ name: string }>('SELECT extname AS name FROM pg_extension');
  const present = new Set(extensions.rows.map((row) => row.name));
  const missing = manifest.extensions.filter((extension) => !present.has(extension.name));
  return [
    ...sequenceDifferences(manifest.sequences, await readSequences(client)),
    ...missing.map((extension) => `missing: extension ${extension.name}`),
    ...(await largeObjectDifferences(client, manifest.largeObjects)),
  ];
}

function sequenceDifferences(expected: readonly ManifestSequence[], found: readonly ManifestSequence[]): string[] {
  const values = new Map(found.map((sequence) => [keyOf(sequence), sequence]));
  return expected.flatMap((sequence) => {
    const actual = values.get(keyOf(sequence));
    if (actual?.lastValue === sequence.lastValue && actual.isCalled === sequence.isCalled) return [];
    return [`sequence ${nameOf(sequence)}: ${spellValue(actual)}, the backup has ${spellValue(sequence)}`];
  });
}

function spellValue(sequence: ManifestSequence | undefined): string {
  if (sequence === undefined) return 'missing';
  return sequence.isCalled ? sequence.lastValue : `${sequence.lastValue} (not yet given out)`;
}

async function largeObjectDifferences(client: pg.Client, expected: Manifest['largeObjects']): Promise<string[]> {
  const found = await readLargeObjects(client, expected.content);
  if (found.count !== expected.count) return [`${found.count} large objects, the backup has ${expected.count}`];
  const what = expected.content ? 'content, owner, privileges or comment' : 'owner, privileges or comment';
  return found.sum === expected.sum ? [] : [`large objects: the ${what} of some differ`];
}

/** @returns in which properties of the database as a whole the copy is not as it is to be: what a dump under another name leaves out. */
export async function propertyDifferences(client: pg.Client, copy: string, expected: DatabaseProperties): Promise<string[]> {
  const found = await readProperties(client, copy);
  if (found === null) return [`missing: database ${copy}`];
  const same = ['owner', 'encoding', 'localeProvider', 'collate', 'ctype', 'icuLocale', 'connectionLimit', 'tablespace'] as const;
  return [
    ...same
      .filter((property) => found[property] !== expected[property])
      .map((property) => `${property} of the database: ${found[property]}, the backup has ${expected[property]}`),
    ...listDifferences('privilege', await privilegesOf(client, found), await privilegesOf(client, expected)),
    ...listDifferences('setting', settingsOf(found), settingsOf(expected)),
  ];
}

function privilegesOf(client: pg.Client, { acl, owner }: DatabaseProperties): Promise<string[]> {
  return describePrivileges(client, acl, owner);
}

function settingsOf({ settings }: DatabaseProperties): string[] {
  return settings.map(({ role, name, value }) => `${name} = ${value}${role === null ? '' : ` of the role ${role}`}`);
}

function listDifferences(what: string, found: readonly string[], expected: readonly string[]): string[] {
  return [
    ...expected.filter((item) => !found.includes(item)).map((item) => `missing: ${what} of the database: ${item}`),
    ...found.filter((item) => !expected.includes(item)).map((item) => `not in the backup: ${what} of the database: ${item}`),
  ];
}
