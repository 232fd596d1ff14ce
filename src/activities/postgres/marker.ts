import type pg from 'pg';
import { shortRunId } from '../../workflows/run-id.ts';
import { identifier, literal } from './server.ts';

/**
 * The database carries its own marker, in its comment: which run made or fenced it, when, and when it may go. It is read by
 * `doctor` without Temporal, and by the next run after a terminate.
 */
export interface Marker {
  /** scratch: being restored. fenced: live, closed during a recovery. readOnly: live, writes held back. replaced: kept for undo. */
  readonly kind: 'scratch' | 'fenced' | 'readOnly' | 'replaced';
  readonly workflowId: string;
  readonly runId: string;
  readonly at: string;
  /** The database that this one stands for. */
  readonly of: string;
  /** How far a scratch database is: nothing yet, schema made, all data in. */
  readonly phase?: 'created' | 'restored';
  /** When all data was in. */
  readonly restoredAt?: string;
  /** When a replaced database may be dropped. */
  readonly until?: string;
  /** The database's own `default_transaction_read_only` before writes were held back; null: it had none. */
  readonly readOnlyBefore?: string | null;
  /** The comment that the marker took the place of. */
  readonly comment: string | null;
}

const prefix = 'kintsugi:';

/** @returns the marker in a database's comment, or null when the comment is somebody else's. */
export function parseMarker(comment: string | null): Marker | null {
  if (comment === null || !comment.startsWith(prefix)) return null;
  try {
    return JSON.parse(comment.slice(prefix.length)) as Marker;
  } catch {
    return null;
  }
}

/** @returns the statement that writes a marker (null: gives the comment back). */
export function markStatement(database: string, marker: Marker | null, comment: string | null = null): string {
  const text = marker === null ? comment : prefix + JSON.stringify(marker);
  return `COMMENT ON DATABASE ${identifier(database)} IS ${text === null ? 'NULL' : literal(text)}`;
}

/** @returns the statement that gives a database the setting back that it had before writes were held back. */
export function writesAsBefore(database: string, { readOnlyBefore = null }: Marker): string {
  const alter = `ALTER DATABASE ${identifier(database)}`;
  return readOnlyBefore === null
    ? `${alter} RESET default_transaction_read_only`
    : `${alter} SET default_transaction_read_only = ${literal(readOnlyBefore)}`;
}

/** A database of the server as the maintenance database sees it. */
export interface DatabaseRow {
  readonly oid: number;
  readonly name: string;
  readonly owner: string;
  readonly allowConnections: boolean;
  readonly comment: string | null;
  readonly marker: Marker | null;
  readonly bytes: number;
}

/** @returns every database of the server that is not a template, by name. */
export async function listDatabases(client: pg.Client): Promise<DatabaseRow[]> {
  const { rows } = await client.query<{
    oid: number;
    name: string;
    owner: string;
    allow: boolean;
    comment: string | null;
    bytes: string;
  }>(
    `SELECT d.oid, d.datname AS name, pg_get_userbyid(d.datdba) AS owner, d.datallowconn AS allow,
            shobj_description(d.oid, 'pg_database') AS comment, pg_database_size(d.oid) AS bytes
       FROM pg_database d WHERE NOT d.datistemplate ORDER BY d.datname`,
  );
  return rows.map((row) => ({
    oid: row.oid,
    name: row.name,
    owner: row.owner,
    allowConnections: row.allow,
    comment: row.comment,
    marker: parseMarker(row.comment),
    bytes: Number(row.bytes),
  }));
}

/** @returns the name of the database that a run restores into, and of the one that it replaces. At most 63 bytes each. */
export function databaseNames(database: string, runId: string): { scratch: string; replaced: string } {
  const stem = firstBytes(database, 40);
  const short = shortRunId(runId);
  return { scratch: `${stem}_restoring_${short}`, replaced: `${stem}_replaced_${short}` };
}

function firstBytes(text: string, limit: number): string {
  let result = '';
  for (const character of text) {
    if (Buffer.byteLength(result + character) > limit) break;
    result += character;
  }
  return result;
}
