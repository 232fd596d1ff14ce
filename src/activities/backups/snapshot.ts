import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import { makeBackupId } from '../../catalog/ids.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { ensureJob, type JobSpec, readJobLog, removeJob } from '../docker/job.ts';
import { jobName } from '../docker/job-name.ts';
import { databaseOption } from '../postgres/database-option.ts';
import { serverAccess, withClient } from '../postgres/server.ts';
import { tryEncryption } from './openpgp.ts';
import { makePartial, sweepPartials } from './partial.ts';
import { toolFailure, toolJob } from './tool-job.ts';

/** One round of a backup: a new round begins with a new snapshot when the server went down. */
export interface RoundInput extends StepInput {
  readonly round: number;
}

export interface Snapshot {
  /** Name for SET TRANSACTION SNAPSHOT. */
  readonly name: string;
  /** Its instant, ISO 8601 in UTC: all that was committed before it is in. */
  readonly takenAt: string;
  readonly lsn: string;
  /** The backup's id: the instant and four hexadecimal digits of the run. */
  readonly id: string;
}

// now() is the begin of the transaction, a moment before its snapshot: what it promises is kept.
const question = `SELECT pg_export_snapshot() || ' ' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' ||
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END`;

/**
 * Opens the snapshot that dump and counts share. A container holds it, not the worker: it outlives a SIGKILL, so a running dump
 * can be joined. The id is made of the snapshot, so every attempt comes to the same one.
 *
 * @throws KintsugiError NOT_FOUND (no such database), DATABASE_AUTH, SECRET_MISSING or TOOL_MISSING (no encryption), CONNECTION_LOST (retryable) when the session ends at once.
 */
export async function openSnapshot(context: WorkerContext, input: RoundInput): Promise<Snapshot> {
  await tryEncryption(context, input.plan, cancellationSignal());
  await sweepPartials(context, input);
  const spec = await keeper(context, input);
  await ensureJob(context.docker, spec);
  for (;;) {
    const log = await readJobLog(context.docker, spec.name);
    const snapshot = log?.running ? parse(log.stdout, input) : null;
    if (snapshot !== null) {
      await makePartial(context, input, snapshot);
      return snapshot;
    }
    if (!log?.running) {
      await removeJob(context.docker, spec.name);
      const failure = toolFailure('the session that holds the snapshot', log?.stderr.join('\n') ?? 'it is gone');
      // Whatever ended it, another try may find the server up.
      throw failure.code === 'IO' ? new KintsugiError('CONNECTION_LOST', failure.message) : failure;
    }
    heartbeat({ text: 'opening a snapshot' });
    await delay(100, undefined, { signal: cancellationSignal() });
  }
}

function parse(lines: readonly string[], input: RoundInput): Snapshot | null {
  const [, name, takenAt, lsn] = lines.map((line) => /^(\S+) (\S+Z) (\S+)$/.exec(line)).find((match) => match !== null) ?? [];
  if (name === undefined || takenAt === undefined || lsn === undefined) return null;
  // Of a hash: run ids that begin with a clock share their first digits.
  const digits = createHash('sha256').update(`${input.runId}/${input.round}`).digest('hex').slice(0, 4);
  return { name, takenAt, lsn, id: makeBackupId(new Date(takenAt), digits) };
}

async function keeper(context: WorkerContext, input: RoundInput): Promise<JobSpec> {
  const statements = ['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', question, 'SELECT pg_sleep(86400)'];
  const settings = ['statement_timeout=0', 'idle_in_transaction_session_timeout=0', ...(await noticingSettings(context, input))];
  return toolJob(
    context,
    input,
    'snapshot',
    (connection) => [
      ...['psql', '--no-psqlrc', '--quiet', '--tuples-only', '--no-align', '--set=ON_ERROR_STOP=1', ...connection],
      ...[databaseOption(input.database), ...statements.map((sql) => `--command=${sql}`)],
    ],
    { environment: { PGAPPNAME: applicationName(input), PGOPTIONS: settings.map((setting) => `-c ${setting}`).join(' ') } },
  );
}

/** @returns settings by which the server ends the session soon when its container is gone: it holds vacuum back until then. */
async function noticingSettings(context: WorkerContext, input: RoundInput): Promise<string[]> {
  const access = await serverAccess(context, input);
  const version = await withClient(access, input.database, (client) =>
    client.query<{ number: string }>("SELECT current_setting('server_version_num') AS number"),
  ).catch((error: unknown) => {
    if ((error as { code?: string }).code !== '3D000') throw error;
    throw new KintsugiError('NOT_FOUND', `The server has no database ${input.database}.`, { state: 'No backup was taken.' });
  });
  return Number(version.rows[0]?.number) >= 140_000 ? ['client_connection_check_interval=10s'] : [];
}

/** Ends the session that holds the snapshot, and its container. Run twice, it does nothing. */
export async function closeSnapshot(context: WorkerContext, input: RoundInput): Promise<void> {
  await removeJob(context.docker, jobName(input, `snapshot-${input.round}`));
  // A server that is down holds no snapshot either.
  const access = await serverAccess(context, input).catch(() => null);
  if (access === null) return;
  await withClient(access, access.maintenance, (client) =>
    client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [applicationName(input)]),
  ).catch(() => undefined);
}

function applicationName(input: RoundInput): string {
  return `kintsugi-snapshot-${input.runId.slice(0, 36)}-${input.round}`;
}
