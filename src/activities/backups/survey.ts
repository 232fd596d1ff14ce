/**
 * What a dump that others made says of itself. It is read in a job, through awk, so that only the few lines that matter leave
 * the container however large the dump is; the lines of the data are never looked at.
 */
import { byText } from '../../catalog/order.ts';
import { objectHeader } from '../postgres/schema-objects.ts';

/** Prints, of SQL as pg_dump writes it, the lines that `readSurvey` understands; each different one once. */
export const surveyAwk = String.raw`
function say(line) { if (!(line in said)) { said[line] = 1; print line } }
{ sub(/\r$/, "") }
copy { if ($0 == "\\.") copy = 0; next }
/^COPY .* FROM stdin;$/ { copy = 1; after++; next }
/^-- (Data for |Statistics for )?Name: .*; Type: .*; Schema: .*; Owner: / {
  acl = /; Type: (DEFAULT )?ACL; /
  extension = /; Type: EXTENSION; /
  database = /; Type: DATABASE( PROPERTIES)?; /
  public = /Name: public; Type: SCHEMA; /
  named = 1
  n = split($0, part, "; Owner: ")
  say("-- Name: -; Type: OWNER; Schema: -; Owner: " part[n])
  objects++
}
/^-- PostgreSQL database dump complete/ { complete++; after = 0; next }
/^-- PostgreSQL database (cluster )?dump|^-- Dumped (from|by) / { say($0); next }
/^CREATE SCHEMA public;$/ && public { say($0) }
/^\\connect / { say($0); if (!database) say("STRAY " $0) }
/^CREATE DATABASE / && (database || !named) { say($0) }
/^CREATE EXTENSION / && (extension || !named) { say($0) }
/^(GRANT|REVOKE|ALTER DEFAULT PRIVILEGES) / && acl { n = split($0, part, " TO "); if (n > 1) say("GRANT TO " part[n]); if ($1 == "ALTER") say($0) }
!/^(--.*|\\(un)?restrict .*|[ \t]*)$/ { after++ }
END { print "KINTSUGI-SURVEY objects " objects + 0 " complete " complete + 0 " after " after + 0 }`;

export interface Survey {
  /** False: not written by pg_dump, or its comments were taken out. */
  readonly header: boolean;
  /** Whether it is pg_dumpall's output. */
  readonly cluster: boolean;
  /** The databases that it connects to by itself. */
  readonly connects: readonly string[];
  /** Whether it connects to a database that it does not create: the objects after it would go there. */
  readonly strays: boolean;
  readonly createsDatabase: boolean;
  /** Whether it makes the schema public, which every new database has. */
  readonly createsPublic: boolean;
  readonly serverVersion: string | null;
  /** `150020`; null where it is not told. */
  readonly serverVersionNumber: number | null;
  readonly roles: readonly string[];
  /** False for a dump that was made with --no-owner. */
  readonly hasOwners: boolean;
  readonly extensions: readonly string[];
  readonly objects: number;
  /** Whether it ends with pg_dump's end marker. */
  readonly complete: boolean;
}

/** @returns what the lines say, or null when the survey did not come to its end. */
export function readSurvey(lines: readonly string[]): Survey | null {
  const end = lines
    .map((line) => /^KINTSUGI-SURVEY objects (\d+) complete (\d+) after (\d+)$/.exec(line))
    .find((match) => match !== null);
  if (end === undefined) return null;
  const [objects, complete, after] = end.slice(1).map(Number) as [number, number, number];
  const connects = lines.flatMap((line) => /^\\connect (?:-reuse-previous=\w+ )?(.*)$/.exec(line)?.slice(1) ?? []);
  return {
    header: lines.some((line) => line.startsWith('-- PostgreSQL database dump')),
    cluster: lines.some((line) => line.startsWith('-- PostgreSQL database cluster dump')),
    connects: connects.map(connectTarget),
    strays: lines.some((line) => line.startsWith('STRAY ')),
    createsPublic: lines.includes('CREATE SCHEMA public;'),
    createsDatabase: lines.some((line) => line.startsWith('CREATE DATABASE ')),
    ...serverVersion(lines),
    hasOwners: lines.some((line) => (objectHeader(line)?.owner ?? '') !== ''),
    roles: [...new Set(lines.flatMap(rolesOf))]
      .filter((role) => role !== '' && role !== 'PUBLIC' && !role.startsWith('pg_'))
      .sort(byText),
    extensions: lines.flatMap((line) => {
      const name = /^CREATE EXTENSION (?:IF NOT EXISTS )?("(?:[^"]|"")*"|[^\s;]+)/.exec(line)?.[1];
      return name === undefined ? [] : [unquote(name)];
    }),
    objects,
    complete: complete > 0 && after === 0,
  };
}

/** @returns the versions that `Dumped from database version` tells. */
export function serverVersion(lines: readonly string[]): Pick<Survey, 'serverVersion' | 'serverVersionNumber'> {
  const version = lines
    .map((line) => /Dumped from database version:? (\S+)/.exec(line)?.[1])
    .find((found) => found !== undefined);
  if (version === undefined) return { serverVersion: null, serverVersionNumber: null };
  const [major = 0, minor = 0, patch = 0] = version.split(/\D+/).map(Number);
  // Before version 10 the first two numbers were the major version.
  return { serverVersion: version, serverVersionNumber: major * 10_000 + (major >= 10 ? minor : minor * 100 + patch) };
}

function rolesOf(line: string): string[] {
  const header = objectHeader(line);
  if (header !== null) return [header.owner];
  const names = '("(?:[^"]|"")*"|[^\\s;"]+)';
  const grantee = new RegExp(`^GRANT TO ${names}`).exec(line)?.[1];
  const grantor = new RegExp(`^ALTER DEFAULT PRIVILEGES FOR ROLE ${names}`).exec(line)?.[1];
  return [grantee, grantor].flatMap((name) => (name === undefined ? [] : [unquote(name)]));
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}

/** `\connect app`, `\connect "app"`, or a connection string, which pg_dump writes for names that are not plain. */
function connectTarget(target: string): string {
  const text = target.trim().replace(/^"(.*)"$/, (_all, inner: string) => inner.replaceAll('""', '"'));
  const named = /(?:^|\s)dbname='((?:[^'\\]|\\.)*)'/.exec(text)?.[1];
  return named === undefined ? text : named.replace(/\\(.)/g, '$1');
}
