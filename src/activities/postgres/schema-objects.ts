import { createHash } from 'node:crypto';

/**
 * The objects of a schema as pg_dump writes them: sha256 of each definition under `TYPE schema.name`. PostgreSQL's own tool
 * describes every kind of object that its version has, so nothing can be forgotten. A key may stand for several
 * definitions (comments, privileges), hence a list.
 */
export type SchemaObjects = ReadonlyMap<string, readonly string[]>;

const header = /^-- Name: (.*); Type: ([^;]+); Schema: ([^;]+); Owner: (.*)$/;

// What the session is told between objects depends on their order, not on what they are.
const sessionLine =
  /^(SET default_(tablespace|table_access_method) = |\\(un)?restrict |--$|-- PostgreSQL database dump complete$|$)/;

/**
 * @param lines output of `pg_dump --schema-only`, of `pg_restore --schema-only --file=-`, or a plain dump without its data.
 * @returns the objects; database-level entries (DATABASE, its comment and privileges) are left out, as a restore under another name cannot have them.
 */
export function schemaObjects(lines: Iterable<string>): SchemaObjects {
  const found = new Map<string, string[]>();
  let key: string | undefined;
  let body: string[] = [];
  const close = (): void => {
    if (key !== undefined && body.length > 0) {
      const sum = createHash('sha256').update(body.join('\n')).digest('hex');
      found.set(key, [...(found.get(key) ?? []), sum]);
    }
    body = [];
  };
  for (const line of lines) {
    const match = header.exec(line);
    if (match !== null) {
      close();
      const [, name, type, schema, owner] = match as unknown as [string, string, string, string, string];
      const ofDatabase =
        /^DATABASE( PROPERTIES)?$/.test(type) || (/^(ACL|COMMENT|SECURITY LABEL)$/.test(type) && name.startsWith('DATABASE '));
      const data = /^(TABLE DATA|SEQUENCE SET|BLOBS|LARGE OBJECTS?|BLOB|BLOB METADATA)$/.test(type);
      key = ofDatabase || data ? undefined : `${type} ${schema === '-' ? '' : `${schema}.`}${name}`;
      if (key !== undefined) body.push(`owner ${owner}`);
    } else if (key !== undefined && !sessionLine.test(line)) {
      body.push(line.trimEnd());
    }
  }
  close();
  return found;
}

export interface SchemaDifference {
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly different: readonly string[];
}

/** @returns the keys in which two schemas differ. */
export function compareSchemaObjects(expected: SchemaObjects, actual: SchemaObjects): SchemaDifference {
  const sorted = (sums: readonly string[]) => sums.toSorted((a, b) => a.localeCompare(b)).join();
  const missing = [...expected.keys()].filter((key) => !actual.has(key));
  const extra = [...actual.keys()].filter((key) => !expected.has(key));
  const different = [...expected]
    .filter(([key, sums]) => actual.has(key) && sorted(sums) !== sorted(actual.get(key) ?? []))
    .map(([key]) => key);
  return { missing, extra, different };
}
