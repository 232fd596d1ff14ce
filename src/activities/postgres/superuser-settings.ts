import type pg from 'pg';

/**
 * @returns settings of the restoring sessions that only a superuser may choose; none for others.
 *
 * Event triggers stay silent (`session_replication_role`): pg_restore makes them before it refreshes materialized views, and one
 * that keeps an audit would write rows that the backup has not. Each session says at its end which database was its own, by
 * which `restoreErrors` knows its lines in the server's log, in English.
 */
export async function superuserSettings(client: pg.Client): Promise<Record<string, string>> {
  const { rows } = await client.query<{ superuser: boolean }>(
    'SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user',
  );
  if (!rows[0]?.superuser) return {};
  return { session_replication_role: 'replica', log_disconnections: 'on', log_min_messages: 'warning', lc_messages: 'C' };
}
