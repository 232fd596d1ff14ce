import { createHash } from 'node:crypto';
import { byText } from '../../catalog/order.ts';

/**
 * The objects of a schema as pg_dump writes them: sha256 of each definition under `TYPE schema.name`. PostgreSQL's own tool
 * describes every kind of object that its version has, so nothing can be forgotten. A key may stand for several
 * definitions (comments, privileges), hence a list, which is sorted.
 */
export type SchemaObjects = ReadonlyMap<string, readonly string[]>;

/** What pg_dump's comment over an object says. */
export interface ObjectHeader {
  readonly name: string;
  readonly type: string;
  /** `-` where an object has no schema. */
  readonly schema: string;
  /** Empty where the dump was made without owners. */
  readonly owner: string;
  readonly tablespace: string;
}

// A name may hold anything, "; Type: " too, so the last one that can be meant counts: types are upper-case words.
const headerShape =
  /^-- (?:Data for |Statistics for )?Name: (.*); Type: ([A-Z][A-Z ]*); Schema: (.*?); Owner: (.*?)(?:; Tablespace: (.*))?$/;

/** @returns what a line says of the object that follows, or null when it is no such line. */
export function objectHeader(line: string): ObjectHeader | null {
  const match = headerShape.exec(line);
  if (match === null) return null;
  const [name = '', type = '', schema = '', owner = '', tablespace = ''] = match.slice(1);
  return { name, type, schema, owner: owner === '-' ? '' : owner, tablespace };
}

// Data, and what a restore under another name cannot have.
const leftOut =
  /^(TABLE DATA|SEQUENCE SET|MATERIALIZED VIEW DATA|STATISTICS DATA|BLOBS?|BLOB METADATA|LARGE OBJECTS?|DATABASE( PROPERTIES)?|ENCODING|STDSTRINGS|SEARCHPATH)$/;

/** @returns whether an entry is data, or belongs to the database as a whole. */
function isLeftOut({ type, name }: ObjectHeader): boolean {
  return leftOut.test(type) || (/^(ACL|COMMENT|SECURITY LABEL)$/.test(type) && /^(DATABASE|LARGE OBJECTS?) /.test(name));
}

// Lines between two objects: what the session is told depends on the objects' order, not on what they are.
const betweenObjects =
  /^(|--|-- TOC entry \d.*|-- Dependencies: .*|-- Completed on .*|-- PostgreSQL database dump complete|SET default_tablespace = .*;|SET default_table_access_method = .*;|SET default_with_oids = .*;|\\(un)?restrict .*)$/;
// Two quotes mean that none is set.
const accessMethodLine = /^SET default_table_access_method = (?:''|(.*));$/;

/**
 * Splits a dump without data into its objects.
 *
 * @param lines output of `pg_dump --schema-only`, of `pg_restore --schema-only --file=-`, or a plain dump without its data.
 * @returns the objects; data and entries of the database as a whole are left out.
 */
export function schemaObjects(lines: Iterable<string>): SchemaObjects {
  const found = new Map<string, string[]>();
  let header: ObjectHeader | null = null;
  let body: string[] = [];
  let upcoming = '';
  let method = '';
  const close = (): void => {
    if (header !== null) add(found, header, body, method);
    body = [];
  };
  for (const line of lines) {
    const next = objectHeader(line);
    if (next !== null) {
      close();
      header = isLeftOut(next) ? null : next;
      method = upcoming;
      continue;
    }
    // The access method is set before the header of the table that it is for.
    const set = accessMethodLine.exec(line);
    if (set !== null) upcoming = set[1] ?? '';
    if (header !== null) body.push(line);
  }
  close();
  for (const sums of found.values()) sums.sort(byText);
  return found;
}

function add(found: Map<string, string[]>, header: ObjectHeader, body: readonly string[], accessMethod: string): void {
  const { type, schema, name, tablespace } = header;
  let first = 0;
  let end = body.length;
  while (first < end && betweenObjects.test(body[first] ?? '')) first += 1;
  while (end > first && betweenObjects.test(body[end - 1] ?? '')) end -= 1;
  const lines = body.slice(first, end);
  // Grants come in the order in which they were once given, and mean the same in any.
  if (type === 'ACL' || type === 'DEFAULT ACL') lines.sort(byText);
  const stored = /^(TABLE|MATERIALIZED VIEW)$/.test(type) ? [tablespace, accessMethod] : [tablespace];
  const sum = createHash('sha256')
    .update([...stored, ...lines].join('\n'))
    .digest('hex');
  const key = `${type} ${schema === '-' ? '' : `${schema}.`}${name}`;
  const sums = found.get(key);
  if (sums === undefined) found.set(key, [sum]);
  else sums.push(sum);
}

export interface SchemaDifference {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly different: readonly string[];
}

/** @returns the keys in which two schemas differ, sorted. */
export function compareSchemaObjects(expected: SchemaObjects, actual: SchemaObjects): SchemaDifference {
  const missing = [...expected.keys()].filter((key) => !actual.has(key)).sort(byText);
  const extra = [...actual.keys()].filter((key) => !expected.has(key)).sort(byText);
  const different = [...expected]
    .filter(
      ([key, sums]) => actual.has(key) && [...sums].sort(byText).join() !== [...(actual.get(key) ?? [])].sort(byText).join(),
    )
    .map(([key]) => key)
    .sort(byText);
  return { missing, extra, different };
}
