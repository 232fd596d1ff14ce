import { setTimeout as delay } from 'node:timers/promises';
import { heartbeat } from '@temporalio/activity';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { ensureJob, type JobSpec, readJobLog, removeJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';
import { serverAccess, withClient } from '../postgres/server.ts';

/** One round of a backup: a new round begins with a new snapshot when the server went down. */
export interface RoundInput extends StepInput {
  readonly round: number;
}

export interface Snapshot {
  /** Name for SET TRANSACTION SNAPSHOT. */
  readonly name: string;
  /** Its instant, ISO 8601 in UTC. */
  readonly takenAt: string;
  readonly lsn: string;
  /** The backup's id: the instant and four hexadecimal digits of the run. */
  readonly id: string;
}

const question = `SELECT pg_export_snapshot() || ' ' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || ' ' || pg_current_wal_lsn()`;

/**
 * Opens the snapshot that dump and counts share. A container holds it, not the worker: it outlives a SIGKILL, so a running dump
 * can be joined. @throws KintsugiError CONNECTION_LOST (retryable) when the holder ends at once.
 */
export async function openSnapshot(context: WorkerContext, input: RoundInput): Promise<Snapshot> {
  const spec = await holder(context, input);
  await ensureJob(context.docker, spec);
  for (;;) {
    const log = await readJobLog(context.docker, spec.name);
    const match = /^(\S+) (\S+Z) (\S+)$/.exec(log?.stdout.find((line) => line !== '') ?? '');
    if (match !== null && log !== null && log.running) {
      const [, name, takenAt, lsn] = match as unknown as [string, string, string, string];
      return { name, takenAt, lsn, id: `${takenAt.replace(/[-:]|\.\d+/g, '')}-${input.runId.slice(0, 4)}` };
    }
    if (log === null || !log.running) {
      await removeJob(context.docker, spec.name);
      throw new KintsugiError(
        'CONNECTION_LOST',
        `The session that holds the snapshot ended: ${log?.stderr.join(' ').slice(-300) ?? 'gone'}`,
      );
    }
    heartbeat({ text: 'opening a snapshot' });
    await delay(200);
  }
}

async function holder(context: WorkerContext, input: RoundInput): Promise<JobSpec> {
  const server = await databaseContainer(context, input.plan);
  const access = await serverAccess(context, input.plan);
  const step = `snapshot-${input.round}`;
  const connection = ['--no-password', `--host=${server.alias}`, `--username=${access.user}`, `--dbname=${input.database}`];
  return {
    name: jobName(input, step),
    image: server.image,
    network: server.network,
    command: [
      'psql',
      '--no-psqlrc',
      '--quiet',
      '--tuples-only',
      '--no-align',
      '--set=ON_ERROR_STOP=1',
      ...connection,
      ...['BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY', question, 'SELECT pg_sleep(604800)'].flatMap((sql) => [
        '--command',
        sql,
      ]),
    ],
    environment: { PGAPPNAME: applicationName(input) },
    ...(access.password === undefined ? {} : { passwordFile: { user: access.user, password: access.password } }),
    labels: jobLabels(input, step),
  };
}

/** Ends the session that holds the snapshot, and its container. Run twice, it does nothing. */
export async function closeSnapshot(context: WorkerContext, input: RoundInput): Promise<void> {
  await removeJob(context.docker, jobName(input, `snapshot-${input.round}`));
  // A server that is down holds no snapshot either.
  const access = await serverAccess(context, input.plan).catch(() => null);
  if (access === null) return;
  await withClient(access, access.maintenance, (client) =>
    client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = $1', [applicationName(input)]),
  ).catch(() => undefined);
}

function applicationName(input: RoundInput): string {
  return `kintsugi-snapshot-${input.runId.slice(0, 8)}-${input.round}`;
}
