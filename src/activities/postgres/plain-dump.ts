import type { BackupKind } from '../../catalog/facts.ts';

/**
 * Leaves out of a plain dump what would reach beyond the database it is restored into: CREATE DATABASE, \connect, ALTER DATABASE
 * and the privileges and comment of the database itself. pg_dump writes a header over each entry, which tells them apart;
 * the lines of the data are never looked at otherwise.
 */
const databaseEntries = `
/^-- Name: / {
  skip = ($0 ~ /; Type: DATABASE( PROPERTIES)?; /) || ($0 ~ /^-- Name: DATABASE .*; Type: (ACL|COMMENT|SECURITY LABEL); /)
}
!skip`;

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
  return ['bash', '-c', script, 'restore', file, databaseEntries, ...connection, `--dbname=${database}`];
}

/** @returns the command of a job that prints a plain dump without its data. */
export function plainSchemaScript(kind: BackupKind, file: string): string[] {
  return ['bash', '-c', `set -o pipefail; ${reader(kind)} "$1" | awk "$2"`, 'schema', file, withoutData];
}

function reader(kind: BackupKind): string {
  const found = readers[kind];
  if (found === undefined) throw new TypeError(`${kind} is not a plain dump`);
  return found;
}
