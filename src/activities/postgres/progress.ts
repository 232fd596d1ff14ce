import type { StepHeartbeat } from '../../workflows/contract.ts';
import { type ServerAccess, withClient } from './server.ts';

const seen = new Map<string, { at: number; bytes: number }>();

/** @returns what the restoring sessions do now, and how far the database is by its size. Read once a second by the watcher. */
export async function restoreProgress(
  access: ServerAccess,
  database: string,
  expectedBytes: number | null,
): Promise<StepHeartbeat> {
  return withClient(access, access.maintenance, async (client) => {
    const size = await client.query<{ bytes: string | null }>(
      'SELECT pg_database_size(datname) AS bytes FROM pg_database WHERE datname = $1',
      [database],
    );
    const active = await client.query<{ query: string }>(
      "SELECT left(query, 200) AS query FROM pg_stat_activity WHERE datname = $1 AND state = 'active' ORDER BY query_start LIMIT 3",
      [database],
    );
    const bytes = Number(size.rows[0]?.bytes ?? 0);
    const first = seen.get(database) ?? { at: Date.now(), bytes };
    seen.set(database, first);
    const seconds = (Date.now() - first.at) / 1000;
    const bytesPerSecond = seconds > 1 ? Math.max(0, (bytes - first.bytes) / seconds) : undefined;
    const fraction = expectedBytes === null ? undefined : Math.min(0.99, bytes / expectedBytes);
    const left = expectedBytes !== null && bytesPerSecond ? Math.max(0, expectedBytes - bytes) / bytesPerSecond : undefined;
    return {
      text: active.rows.map((row) => subject(row.query)).join(', ') || 'between two parts',
      ...(fraction === undefined ? {} : { fraction }),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
      ...(left === undefined ? {} : { secondsLeft: Math.round(left) }),
    };
  });
}

function subject(query: string): string {
  const match = /^(COPY|CREATE (?:UNIQUE )?INDEX|ALTER TABLE(?: ONLY)?|REFRESH MATERIALIZED VIEW)\s+(\S+)/i.exec(query);
  if (match === null) return query.split(/\s+/).slice(0, 4).join(' ');
  const name = (match[2] ?? '').replace(/^public\./, '');
  return match[1]?.toUpperCase() === 'COPY' ? name : `${(match[1] ?? '').toLowerCase()} ${name}`;
}
