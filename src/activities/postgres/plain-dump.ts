import type { BackupKind } from '../../catalog/facts.ts';
import { databaseOption } from './database-option.ts';

/**
 * Leaves out of a plain dump what would reach beyond the database it is restored into: DROP DATABASE, CREATE DATABASE, \connect,
 * ALTER DATABASE and the privileges and comment of the database itself. pg_dump writes a header over each entry, which tells them
 * apart; before the first one stand settings only, and with --clean what drops the objects of old: the live database among them.
 * The schema public is there already. The lines of the data go through as they are.
 */
export const withoutDatabaseEntries = String.raw`
copy { if ($0 ~ /^\\\.\r?$/) copy = 0; if (!skip) print; next }
/^COPY .* FROM stdin;\r?$/ { copy = 1 }
/^-- (Data for |Statistics for )?Name: .*; Type: / {
  named = 1
  public = /^-- Name: public; Type: SCHEMA; /
  skip = /; Type: DATABASE( PROPERTIES)?; / || /^-- Name: DATABASE .*; Type: (ACL|COMMENT|SECURITY LABEL); /
}
!named && !/^(--.*|SET .*|SELECT pg_catalog\.set_config\(.*|\\(un)?restrict .*)?\r?$/ { next }
public && /^CREATE SCHEMA public;\r?$/ { next }
!skip`;

/** The lines of a dump that say what the database as a whole is like. */
const databaseEntries = String.raw`
copy { if ($0 ~ /^\\\.\r?$/) copy = 0; next }
/^COPY .* FROM stdin;\r?$/ { copy = 1; next }
/^-- (Data for |Statistics for )?Name: .*; Type: / {
  wanted = /; Type: DATABASE( PROPERTIES)?; / || /^-- Name: DATABASE .*; Type: (ACL|COMMENT); /
}
wanted && !/^\\/`;

/** The lines of a plain dump that are not data. */
const withoutData = String.raw`
/^COPY .* FROM stdin;$/ { copy = 1 }
!copy
/^\\\.$/ { copy = 0 }`;

const readers: Partial<Record<BackupKind, string>> = {
  plain: 'cat --',
  'plain.gz': 'gzip -dc --',
  'plain.zst': 'zstd -dcq --',
};

/** @returns the command of a job that restores a plain dump into `database`, stopping at the first error. */
export function plainRestoreScript(kind: BackupKind, file: string, connection: readonly string[], database: string): string[] {
  const script = `set -o pipefail; file=$1; filter=$2; shift 2; ${reader(kind)} "$file" | awk "$filter" | psql --no-psqlrc --quiet --set=ON_ERROR_STOP=1 "$@"`;
  return ['bash', '-c', script, 'restore', file, withoutDatabaseEntries, ...connection, databaseOption(database)];
}

/** @returns the command of a job that prints a plain dump without its data. */
export function plainSchemaScript(kind: BackupKind, file: string): string[] {
  return ['bash', '-c', `set -o pipefail; ${reader(kind)} "$1" | awk "$2"`, 'schema', file, withoutData];
}

/** @returns the command of a job that prints the statements of a dump about its database as a whole: none if it has none. */
export function databaseScript(kind: BackupKind, file: string): string[] {
  const read = kind.startsWith('plain') ? `${reader(kind)} "$1"` : 'pg_restore --create --schema-only --file=- "$1"';
  return ['bash', '-c', `set -o pipefail; ${read} | awk "$2"`, 'database', file, databaseEntries];
}

function reader(kind: BackupKind): string {
  const found = readers[kind];
  if (found === undefined) throw new TypeError(`${kind} is not a plain dump`);
  return found;
}
