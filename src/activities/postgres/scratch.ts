import type pg from 'pg';
import type { DatabaseProperties } from '../../catalog/manifest.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { grantPrivileges } from './database-privileges.ts';
import { endSessions } from './fence.ts';
import { databaseNames, listDatabases, type Marker, markStatement } from './marker.ts';
import { identifier, literal, serverAccess, withClient } from './server.ts';

/** How far a restore came; null when there is no scratch database. */
export type ScratchPhase = NonNullable<Marker['phase']> | null;

/** @returns how far the run's scratch database is, or null when there is none. */
export async function scratchPhase(client: pg.Client, input: StepInput): Promise<ScratchPhase> {
  const { scratch } = databaseNames(input.database, input.runId);
  const row = (await listDatabases(client)).find((candidate) => candidate.name === scratch);
  if (row === undefined) return null;
  // Made, but killed before it was marked: nothing is in it yet.
  return row.marker?.phase ?? 'created';
}

/** Writes down how far the scratch database is. */
export async function markScratch(client: pg.Client, input: StepInput, phase: NonNullable<ScratchPhase>): Promise<void> {
  const { scratch } = databaseNames(input.database, input.runId);
  const now = new Date().toISOString();
  const before = (await listDatabases(client)).find((row) => row.name === scratch)?.marker;
  const marker: Marker = {
    kind: 'scratch',
    workflowId: input.workflowId,
    runId: input.runId,
    at: before?.at ?? now,
    of: input.database,
    phase,
    ...(phase === 'restored' ? { restoredAt: now } : {}),
    comment: null,
  };
  await client.query(markStatement(scratch, marker));
}

/**
 * Drops the run's scratch database, if there is one, and makes it anew, empty, from template0.
 *
 * @throws KintsugiError STILL_AT_WORK (retryable) when an earlier attempt of this step makes it at this very moment.
 */
export async function recreateScratch(client: pg.Client, input: StepInput, properties: DatabaseProperties | null): Promise<void> {
  const { scratch } = databaseNames(input.database, input.runId);
  await dropDatabase(client, scratch);
  if (properties !== null) await refuseMissingTablespace(client, properties.tablespace);
  const clauses = properties === null ? '' : creationClauses(properties);
  await client.query(`CREATE DATABASE ${identifier(scratch)} TEMPLATE template0${clauses}`).catch((error: unknown) => {
    if (!alreadyThere.has((error as { code?: string }).code ?? '')) throw error;
    throw new KintsugiError('STILL_AT_WORK', `An earlier attempt of this step makes ${scratch} at this moment.`, {
      cause: error,
    });
  });
  await markScratch(client, input, 'created');
}

// duplicate_database, and unique_violation where two CREATE DATABASE ran at the same time: a heartbeat came too late on a busy machine, and
// Temporal began another attempt beside the one that was alive.
const alreadyThere = new Set(['42P04', '23505']);

async function refuseMissingTablespace(client: pg.Client, tablespace: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_tablespace WHERE spcname = $1', [tablespace]);
  if (rowCount !== 0) return;
  throw new KintsugiError('RESTORE_FAILED', `The database was in the tablespace ${tablespace}, which the server lacks.`, {
    hints: [`CREATE TABLESPACE ${identifier(tablespace)} LOCATION '…';`],
  });
}

function creationClauses(properties: DatabaseProperties): string {
  const icu = properties.localeProvider === 'icu' && properties.icuLocale !== null;
  return [
    ` ENCODING ${literal(properties.encoding)}`,
    ` LC_COLLATE ${literal(properties.collate)}`,
    ` LC_CTYPE ${literal(properties.ctype)}`,
    icu ? ` LOCALE_PROVIDER icu ICU_LOCALE ${literal(properties.icuLocale ?? '')}` : '',
    ` TABLESPACE ${identifier(properties.tablespace)}`,
  ].join('');
}

/** Ends the sessions of a database and drops it; nothing happens if there is none. */
export async function dropDatabase(client: pg.Client, name: string): Promise<void> {
  const row = (await listDatabases(client)).find((candidate) => candidate.name === name);
  if (row === undefined) return;
  await forgetSubscriptions(client, name);
  await client.query(`ALTER DATABASE ${identifier(name)} WITH ALLOW_CONNECTIONS false`);
  await endSessions(client, name);
  // A slot for logical replication holds its database, and holds WAL back for whoever followed it: that ends here.
  await client.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1', [name]);
  await client.query(`DROP DATABASE IF EXISTS ${identifier(name)}`);
}

/**
 * A database with a subscription cannot be dropped, and dropping the subscription would reach for its publisher's slot, which a
 * copy does not own: it is cut from the slot first. A replaced database's subscription may still be enabled, and the moment in
 * which sessions are let in would start it, beside that of the live one on the same slot: it is disabled before, in the catalog,
 * since ALTER SUBSCRIPTION works from inside only.
 */
async function forgetSubscriptions(client: pg.Client, name: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'SELECT subname AS name FROM pg_subscription WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = $1)',
    [name],
  );
  if (rows.length === 0) return;
  await client.query(
    'UPDATE pg_subscription SET subenabled = false WHERE subenabled AND subdbid = (SELECT oid FROM pg_database WHERE datname = $1)',
    [name],
  );
  await client.query(`ALTER DATABASE ${identifier(name)} WITH ALLOW_CONNECTIONS true`);
  const { host, port, user, password } = client;
  await withClient({ host, port, user: user ?? '', password: password ?? undefined, maintenance: name }, name, async (inside) => {
    await inside.query('SET default_transaction_read_only = off');
    for (const subscription of rows) {
      await inside.query(`ALTER SUBSCRIPTION ${identifier(subscription.name)} DISABLE`);
      await inside.query(`ALTER SUBSCRIPTION ${identifier(subscription.name)} SET (slot_name = NONE)`);
      await inside.query(`DROP SUBSCRIPTION ${identifier(subscription.name)}`);
    }
  });
}

/** Drops what a failed or cancelled run restored so far. @returns whether there was something to drop. */
export async function dropScratch(context: WorkerContext, input: StepInput): Promise<{ dropped: boolean }> {
  const access = await serverAccess(context, input);
  return withClient(access, access.maintenance, async (client) => {
    const { scratch } = databaseNames(input.database, input.runId);
    const present = (await listDatabases(client)).some((row) => row.name === scratch);
    await dropDatabase(client, scratch);
    return { dropped: present };
  });
}

/**
 * Gives the restored copy what CREATE DATABASE and ALTER DATABASE say, which pg_restore into another name does not bring:
 * owner, privileges, connection limit, settings per database and per role. Run twice, it ends the same.
 */
export async function applyProperties(client: pg.Client, database: string, properties: DatabaseProperties): Promise<void> {
  const name = identifier(database);
  const statements = [
    `ALTER DATABASE ${name} OWNER TO ${identifier(properties.owner)}`,
    `ALTER DATABASE ${name} WITH CONNECTION LIMIT ${properties.connectionLimit}`,
    `ALTER DATABASE ${name} RESET ALL`,
    ...properties.settings.map(({ role, name: setting, value }) =>
      role === null
        ? `ALTER DATABASE ${name} SET ${identifier(setting)} TO ${settingValue(setting, value)}`
        : `ALTER ROLE ${identifier(role)} IN DATABASE ${name} SET ${identifier(setting)} TO ${settingValue(setting, value)}`,
    ),
  ];
  await client.query('BEGIN');
  for (const statement of statements) await client.query(statement);
  await grantPrivileges(client, database, properties.owner, properties.acl);
  await client.query('COMMIT');
}

// Settings that hold a list are stored as text that is a list already; quoting it would make one name of it (pg_dump: variable_is_guc_list_quote).
const listSettings = new Set([
  'search_path',
  'session_preload_libraries',
  'local_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]);

function settingValue(setting: string, value: string): string {
  if (!listSettings.has(setting)) return literal(value);
  return (
    (value.match(/"(?:[^"]|"")*"|[^,\s]+/g) ?? [])
      .map((part) => literal(part.replace(/^"|"$/g, '').replaceAll('""', '"')))
      .join(', ') || "''"
  );
}
