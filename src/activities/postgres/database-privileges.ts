import type pg from 'pg';
import { byText } from '../../catalog/order.ts';
import { identifier } from './server.ts';

/** One privilege on a database; `grantee` null stands for PUBLIC. */
interface Privilege {
  readonly grantee: string | null;
  readonly grantor: string;
  readonly privilege: string;
  readonly grantable: boolean;
}

/** @returns what an access list of a database means, in its order. @param acl aclitem texts; null: the default of its owner. */
async function explode(client: pg.Client, acl: readonly string[] | null, owner: string): Promise<Privilege[]> {
  const { rows } = await client.query<Privilege>(
    `SELECT CASE WHEN grantee = 0 THEN NULL ELSE pg_get_userbyid(grantee) END AS grantee, pg_get_userbyid(grantor) AS grantor,
            privilege_type AS privilege, is_grantable AS grantable
       FROM aclexplode(coalesce($1::aclitem[], acldefault('d', (SELECT oid FROM pg_roles WHERE rolname = $2))))`,
    [acl, owner],
  );
  return rows;
}

/** @returns the privileges as texts that can be compared, sorted; whoever the owner is, it is called so. */
export async function describePrivileges(client: pg.Client, acl: readonly string[] | null, owner: string): Promise<string[]> {
  const privileges = await explode(client, acl, owner);
  const name = (role: string | null) => (role === owner ? 'the owner' : (role ?? 'PUBLIC'));
  return privileges
    .map(
      ({ grantee, grantor, privilege, grantable }) =>
        `${privilege} of ${name(grantee)}${grantable ? ' with grant option' : ''} by ${name(grantor)}`,
    )
    .sort(byText);
}

/**
 * Gives a new database the privileges that another one had, through GRANT, so that the server keeps record of who depends on
 * them. In the client's transaction; nothing happens where they are so already.
 *
 * @param owner of the database at this moment, and in `acl`.
 */
export async function grantPrivileges(
  client: pg.Client,
  database: string,
  owner: string,
  acl: readonly string[] | null,
): Promise<void> {
  const { rows } = await client.query<{ acl: string[] | null }>(
    'SELECT datacl::text[] AS acl FROM pg_database WHERE datname = $1',
    [database],
  );
  const present = await describePrivileges(client, rows[0]?.acl ?? null, owner);
  if (present.join('\n') === (await describePrivileges(client, acl, owner)).join('\n')) return;
  const on = `ON DATABASE ${identifier(database)}`;
  await client.query(`REVOKE ALL ${on} FROM PUBLIC, ${identifier(owner)} CASCADE`);
  for (const { grantee, grantor, privilege, grantable } of await explode(client, acl, owner)) {
    const option = grantable ? ' WITH GRANT OPTION' : '';
    if (grantor !== owner) await client.query(`SET LOCAL ROLE ${identifier(grantor)}`);
    await client.query(`GRANT ${privilege} ${on} TO ${grantee === null ? 'PUBLIC' : identifier(grantee)}${option}`);
    if (grantor !== owner) await client.query('SET LOCAL ROLE NONE');
  }
}
