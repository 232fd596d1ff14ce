import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { identifier } from './server.ts';

/**
 * Makes the roles that a backup needs and the server lacks, as pg_dumpall wrote them down. Roles that exist are left as they
 * are: their passwords may have changed since.
 *
 * @param globals path of pg_dumpall's output. @returns the names of those made.
 */
export async function createMissingRoles(client: pg.Client, globals: string, needed: readonly string[]): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>('SELECT rolname AS name FROM pg_roles');
  const present = new Set(rows.map((row) => row.name));
  const missing = needed.filter((role) => !present.has(role));
  if (missing.length === 0) return [];
  const text = await readFile(globals, 'utf8');
  await client.query('BEGIN');
  for (const role of missing) for (const statement of statementsOf(text, role)) await client.query(statement);
  await client.query('COMMIT');
  return missing;
}

function statementsOf(globals: string, role: string): string[] {
  const plain = /^[a-z_][a-z0-9_$]*$/.test(role) ? role : identifier(role);
  const names = new Set([plain, identifier(role)]);
  return globals
    .split('\n')
    .filter((line) => [...names].some((name) => line === `CREATE ROLE ${name};` || line.startsWith(`ALTER ROLE ${name} WITH `)));
}
