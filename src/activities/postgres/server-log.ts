import type { StepInput, WorkerContext } from '../context.ts';
import { readContainerLog } from '../docker/container-log.ts';
import { databaseContainer } from '../docker/stack.ts';
import { ErrorLog, type LogEntry } from './log-entries.ts';
import { databaseNames, listDatabases } from './marker.ts';
import { type ServerAccess, withClient } from './server.ts';

export interface ServerLogEvidence {
  /** Why the log could not be read; null when it was. */
  readonly unreadable: string | null;
  /** Errors of the restore that are no fault of it: sessions that were ended, a server that went down and came back. */
  readonly expected: number;
  readonly unexpected: readonly string[];
}

/**
 * Looks through the database server's log for errors of the restore: of sessions in the scratch database, of what names it, and of
 * the server as a whole. Sessions of the restore say at their end which database was theirs (`superuserSettings`).
 */
export async function restoreErrors(context: WorkerContext, input: StepInput, access: ServerAccess): Promise<ServerLogEvidence> {
  const { scratch } = databaseNames(input.database, input.runId);
  const { settings, marker } = await withClient(access, access.maintenance, async (client) => ({
    settings: (
      await client.query<{ prefix: string; collector: string }>(
        "SELECT current_setting('log_line_prefix') AS prefix, current_setting('logging_collector') AS collector",
      )
    ).rows[0],
    marker: (await listDatabases(client)).find((row) => row.name === scratch)?.marker,
  }));
  if (settings?.collector !== 'off') return unreadable('the server writes its log into files of its own');
  if (marker?.restoredAt === undefined) return unreadable('nobody wrote down when the restore was');
  const log = new ErrorLog(settings.prefix);
  const { id } = await databaseContainer(context, input);
  const failure = await readContainerLog(context.docker, id, new Date(marker.at), (at, line) => log.take(at, line));
  if (failure !== null) return unreadable(failure);
  const during = (entry: LogEntry) => entry.at >= marker.at && entry.at <= (marker.restoredAt ?? '');
  const ours = log.entries.filter((entry) => during(entry) && isOfRestore(entry, scratch));
  const unexpected = ours.filter((entry) => !isExpected(entry));
  return {
    unreadable: null,
    expected: ours.length - unexpected.length,
    unexpected: unexpected.map(({ severity, text, more }) => [`${severity}: ${text}`, ...more].join(' / ').slice(0, 400)),
  };
}

function unreadable(why: string): ServerLogEvidence {
  return { unreadable: why, expected: 0, unexpected: [] };
}

function isOfRestore(entry: LogEntry, scratch: string): boolean {
  return (
    entry.severity === 'PANIC' || entry.database === scratch || [entry.text, ...entry.more].some((text) => text.includes(scratch))
  );
}

// The parts that were in flight then are done again, and the vacuum gives way to the restore.
const expectedTexts =
  /^(terminating connection (due to|because of)|terminating autovacuum process|the database system is |canceling autovacuum task|canceling statement due to user request|connection to client lost)/;

function isExpected({ severity, text }: LogEntry): boolean {
  return severity !== 'PANIC' && expectedTexts.test(text);
}
