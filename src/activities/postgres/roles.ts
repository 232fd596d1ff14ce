import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { splitStatements } from './sql-statements.ts';

/**
 * Makes the roles that a backup needs and the server lacks, as pg_dumpall wrote them down: attributes, password, settings,
 * memberships, comment. Roles that exist are left as they are: their passwords may have changed since.
 *
 * @param globals path of pg_dumpall's output. @returns the names of those made.
 */
export async function createMissingRoles(client: pg.Client, globals: string, needed: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles');
  const present = rows.map((row) => row.name);
  const missing = needed.filter((role) => !present.includes(role));
  if (missing.length === 0) return [];
  await client.query('BEGIN');
  for (const statement of roleStatements(await readFile(globals, 'utf8'), missing, present)) await client.query(statement);
  await client.query('COMMIT');
  return missing;
}

/**
 * @returns the statements of pg_dumpall's output that make `missing`, in its order; memberships between these and `present` too.
 */
export function roleStatements(globals: string, missing: readonly string[], present: readonly string[]): string[] {
  return splitStatements(globals).filter((statement) => {
    const own = /^(?:CREATE ROLE|ALTER ROLE|COMMENT ON ROLE) ("(?:[^"]|"")*"|[^\s;]+)(.*)/s.exec(statement);
    // IN DATABASE: the restore gives these to the copy itself.
    if (own !== null) return missing.includes(unquote(own[1] ?? '')) && !own[2]?.startsWith(' IN DATABASE ');
    const parameter = /^GRANT [^"]* ON PARAMETER \S+ TO ("(?:[^"]|"")*"|[^\s;]+)/.exec(statement);
    if (parameter !== null) return missing.includes(unquote(parameter[1] ?? ''));
    const member = /^GRANT ("(?:[^"]|"")*"|[^\s;]+) TO ("(?:[^"]|"")*"|[^\s;]+)/.exec(statement);
    if (member === null) return false;
    const [role, of] = [unquote(member[1] ?? ''), unquote(member[2] ?? '')];
    const known = [...missing, ...present];
    return (missing.includes(role) || missing.includes(of)) && known.includes(role) && known.includes(of);
  });
}

function unquote(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
