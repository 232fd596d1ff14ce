import type pg from 'pg';
import type { DatabaseProperties, Manifest, ManifestSequence } from '../../catalog/manifest.ts';
import { byText } from '../../catalog/order.ts';
import { readLargeObjects } from './large-objects.ts';
import { type Marker, parseMarker } from './marker.ts';
import { identifier } from './server.ts';

/** What the manifest says of a database beside its tables and objects. */
export type Inventory = Pick<Manifest, 'roles' | 'extensions' | 'sequences' | 'largeObjects' | 'migration' | 'databaseBytes'> & {
  readonly server: Omit<Manifest['server'], 'image' | 'lsn'>;
  readonly database: DatabaseProperties;
};

/**
 * @returns the inventory of the database that the client is connected to, in the client's transaction.
 * @param whole whether the content of large objects is hashed too.
 */
export async function readInventory(client: pg.Client, whole: boolean): Promise<Inventory> {
  const [server] = (
    await client.query<{ version: string; number: string; bytes: string; name: string }>(
      `SELECT current_setting('server_version') AS version, current_setting('server_version_num') AS number, current_database() AS name,
              pg_database_size(current_database()) AS bytes`,
    )
  ).rows;
  if (server === undefined) throw new TypeError('the server did not describe itself');
  const extensions = await client.query<{ name: string; version: string; schema: string }>(
    'SELECT extname AS name, extversion AS version, nspname AS schema FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace ORDER BY 1',
  );
  const sequences = await readSequences(client);
  const properties = await readProperties(client, server.name);
  if (properties === null) throw new TypeError('the database has no properties');
  const settingRoles = properties.settings.flatMap((setting) => (setting.role === null ? [] : [setting.role]));
  const roles = [...(await readRoles(client)), properties.owner, ...settingRoles];
  return {
    server: {
      version: server.version.split(' ')[0] ?? '',
      versionNumber: Number(server.number),
      systemIdentifier: await readSystemIdentifier(client),
    },
    database: properties,
    // Predefined roles are on every server.
    roles: [...new Set(roles)].filter((role) => !role.startsWith('pg_')).sort(byText),
    extensions: extensions.rows,
    sequences,
    largeObjects: { ...(await readLargeObjects(client, whole)), content: whole },
    migration: await readMigration(client),
    databaseBytes: Number(server.bytes),
  };
}

/**
 * @returns the roles that own something in the database or are named in its privileges. The first superuser is pinned, so
 * PostgreSQL keeps no record of what depends on it: what it owns is looked for.
 */
async function readRoles(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT pg_get_userbyid(refobjid) AS name FROM pg_shdepend
      WHERE refclassid = 'pg_authid'::regclass AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
     UNION SELECT pg_get_userbyid(role) FROM pg_database, aclexplode(datacl), unnest(ARRAY[grantee, grantor]) AS role
      WHERE datname = current_database() AND role <> 0
     UNION SELECT pg_get_userbyid(10) WHERE 10 IN (
       SELECT relowner FROM pg_class WHERE oid >= 16384 UNION SELECT nspowner FROM pg_namespace WHERE oid >= 16384
       UNION SELECT proowner FROM pg_proc WHERE oid >= 16384 UNION SELECT typowner FROM pg_type WHERE oid >= 16384
       UNION SELECT lomowner FROM pg_largeobject_metadata)`,
  );
  return rows.map((row) => row.name);
}

/** @returns what tells one cluster from another; empty for a user who may not know. */
async function readSystemIdentifier(client: pg.Client): Promise<string> {
  const allowed = await client.query<{ allowed: boolean }>(
    "SELECT has_function_privilege('pg_control_system()', 'EXECUTE') AS allowed",
  );
  if (!allowed.rows[0]?.allowed) return '';
  const { rows } = await client.query<{ id: string }>('SELECT system_identifier::text AS id FROM pg_control_system()');
  return rows[0]?.id ?? '';
}

/** @returns every sequence with its own last value, which pg_sequences hides until nextval was called. */
export async function readSequences(client: pg.Client): Promise<ManifestSequence[]> {
  const { rows } = await client.query<{ schema: string; name: string }>(
    "SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'S' AND c.relpersistence <> 't' ORDER BY 1, 2",
  );
  const sequences: ManifestSequence[] = [];
  for (const { schema, name } of rows) {
    const { rows: values } = await client.query<{ lastValue: string; isCalled: boolean }>(
      `SELECT last_value::text AS "lastValue", is_called AS "isCalled" FROM ${identifier(schema)}.${identifier(name)}`,
    );
    if (values[0] !== undefined) sequences.push({ schema, name, ...values[0] });
  }
  return sequences;
}

/** @returns the heads of Alembic's migrations, in whatever schema its table is; null when there is none. */
async function readMigration(client: pg.Client): Promise<Manifest['migration']> {
  const present = await client.query<{ schema: string }>(
    `SELECT n.nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
      WHERE c.relname = 'alembic_version' AND c.relkind = 'r' AND a.attname = 'version_num' ORDER BY 1`,
  );
  if (present.rows.length === 0) return null;
  const heads: string[] = [];
  for (const { schema } of present.rows) {
    const { rows } = await client.query<{ head: string }>(
      `SELECT version_num AS head FROM ${identifier(schema)}.alembic_version ORDER BY 1`,
    );
    heads.push(...rows.map((row) => row.head));
  }
  return { tool: 'alembic', head: heads };
}

/**
 * @returns what CREATE DATABASE and ALTER DATABASE say of a database, or null when there is none of that name. A marker of ours,
 * as on a database that is fenced, is no comment of the database: the one that it took the place of is told.
 */
export async function readProperties(client: pg.Client, database: string): Promise<DatabaseProperties | null> {
  const [row] = (
    await client.query<Omit<DatabaseProperties, 'settings' | 'localeProvider'> & { provider: string }>(
      `SELECT datname AS name, pg_get_userbyid(datdba) AS owner, pg_encoding_to_char(encoding) AS encoding, to_jsonb(d)->>'datlocprovider' AS provider,
              datcollate AS collate, datctype AS ctype, coalesce(to_jsonb(d)->>'daticulocale', to_jsonb(d)->>'datlocale') AS "icuLocale",
              datconnlimit AS "connectionLimit", (SELECT spcname FROM pg_tablespace t WHERE t.oid = dattablespace) AS tablespace,
              shobj_description(d.oid, 'pg_database') AS comment, datacl::text[] AS acl
         FROM pg_database d WHERE datname = $1`,
      [database],
    )
  ).rows;
  if (row === undefined) return null;
  const settings = await client.query<{ role: string | null; text: string }>(
    `SELECT r.rolname AS role, unnest(setconfig) AS text FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole
      WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = $1)`,
    [database],
  );
  const { provider, ...properties } = row;
  const marker = parseMarker(row.comment);
  return {
    ...properties,
    comment: marker === null ? row.comment : marker.comment,
    localeProvider: provider === 'i' ? 'icu' : provider === 'b' ? 'builtin' : 'libc',
    settings: withoutOurs(
      settings.rows.map(({ role, text }) => ({
        role,
        name: text.slice(0, text.indexOf('=')),
        value: text.slice(text.indexOf('=') + 1),
      })),
      marker,
    ),
  };
}

/** @returns the settings as they are while no recovery holds writes back: a backup that is taken meanwhile must not keep that. */
function withoutOurs(settings: DatabaseProperties['settings'], marker: Marker | null): DatabaseProperties['settings'] {
  if (marker?.kind !== 'readOnly') return settings;
  const others = settings.filter(({ role, name }) => role !== null || name !== 'default_transaction_read_only');
  const before = marker.readOnlyBefore ?? null;
  return before === null ? others : [...others, { role: null, name: 'default_transaction_read_only', value: before }];
}
