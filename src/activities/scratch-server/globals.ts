import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { roleStatements } from '../postgres/roles.ts';
import { identifier } from '../postgres/server.ts';
import { splitStatements } from '../postgres/sql-statements.ts';

/**
 * Makes all roles and tablespaces of a backup on a scratch server, which has none: an owner that is missing here says nothing of
 * the backup. Those that are there stay as they are, so it can be done again.
 *
 * @param globals path of pg_dumpall's output. The server must allow tablespaces inside its data folder.
 */
export async function restoreGlobals(client: pg.Client, globals: string): Promise<void> {
  const text = await readFile(globals, 'utf8');
  const present = await names(client, 'SELECT rolname AS name FROM pg_roles');
  const missing = rolesOf(text).filter((role) => !present.includes(role));
  const tablespaces = await names(client, 'SELECT spcname AS name FROM pg_tablespace');
  await client.query('BEGIN');
  for (const statement of roleStatements(text, missing, present)) await client.query(withoutGrantor(statement));
  await client.query('COMMIT');
  // Outside of a transaction, as PostgreSQL wants it.
  for (const { name, owner } of tablespacesOf(text).filter((each) => !tablespaces.includes(each.name))) {
    await client.query('SET allow_in_place_tablespaces = on');
    await client.query(`CREATE TABLESPACE ${identifier(name)} OWNER ${identifier(owner)} LOCATION ''`);
  }
}

/** Makes the roles that a backup names which tells no more of them. */
export async function createNamedRoles(client: pg.Client, roles: readonly string[]): Promise<void> {
  const present = await names(client, 'SELECT rolname AS name FROM pg_roles');
  for (const role of roles.filter((name) => name !== 'PUBLIC' && !present.includes(name)))
    await client.query(`CREATE ROLE ${identifier(role)}`);
}

async function names(client: pg.Client, sql: string): Promise<string[]> {
  return (await client.query<{ name: string }>(sql)).rows.map(({ name }) => name);
}

const name = '("(?:[^"]|"")*"|[^\\s;]+)';
const createRole = new RegExp(`^CREATE ROLE ${name}`);
const createTablespace = new RegExp(`^CREATE TABLESPACE ${name} OWNER ${name}`);

/** @returns the names of the roles that pg_dumpall's output makes. */
export function rolesOf(globals: string): string[] {
  return splitStatements(globals).flatMap((statement) => {
    const [, role] = createRole.exec(statement) ?? [];
    return role === undefined ? [] : [unquote(role)];
  });
}

/** @returns the tablespaces that pg_dumpall's output makes, with their owners. */
export function tablespacesOf(globals: string): { name: string; owner: string }[] {
  return splitStatements(globals).flatMap((statement) => {
    const [, space, owner] = createTablespace.exec(statement) ?? [];
    return space === undefined || owner === undefined ? [] : [{ name: unquote(space), owner: unquote(owner) }];
  });
}

/** Who granted a membership may not be able to here, where another superuser made the server; what is in the database does not tell. */
function withoutGrantor(statement: string): string {
  return statement.startsWith('GRANT ') ? statement.replace(new RegExp(` GRANTED BY ${name};?$`), '') : statement;
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}
