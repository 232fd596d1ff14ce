import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { WorkerContext } from '../context.ts';
import type { JobLimits, JobSpec } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';
import { serverAccess } from '../postgres/server.ts';
import { backupsDiskFull } from './disk-full.ts';
import type { RoundInput } from './snapshot.ts';

/** Connection arguments for PostgreSQL's tools, and a job made of the database's own image. */
export async function toolJob(
  context: WorkerContext,
  input: RoundInput,
  step: string,
  command: (connection: readonly string[]) => readonly string[],
  options: {
    readonly folder?: string;
    readonly environment?: Readonly<Record<string, string>>;
    readonly limits?: JobLimits;
  } = {},
): Promise<JobSpec> {
  const server = await databaseContainer(context, input);
  const access = await serverAccess(context, input);
  const name = `${step}-${input.round}`;
  return {
    name: jobName(input, name),
    image: server.image,
    network: server.network,
    command: command(['--no-password', `--host=${server.alias}`, '--port=5432', `--username=${access.user}`]),
    environment: { PGCONNECT_TIMEOUT: '10', ...options.environment },
    mounts: options.folder === undefined ? [] : [{ source: options.folder, target: '/backup', readOnly: false }],
    // What it writes belongs to the worker, who reads and renames it.
    user: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    ...(access.password === undefined ? {} : { passwordFile: { user: access.user, password: access.password } }),
    labels: jobLabels(input, name),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  };
}

const connectionLost =
  /server closed the connection|connection to server .*failed|could not connect|terminating connection|the database system is|no connection to the server|SSL SYSCALL|could not translate host name|could not receive data/;
const snapshotLost = /invalid snapshot identifier|could not import the requested snapshot|snapshot .* does not exist/;
// Dropped after the snapshot and before the lock: with a new snapshot it is gone on both sides.
const changedMeanwhile = /relation .* does not exist|could not open relation|cache lookup failed|could not find .* with OID/;

/**
 * @returns what the failure of a tool means. CONNECTION_LOST stands for all that a new round with a new snapshot may mend.
 * @param tool its name. @param stderr the end of what it said.
 */
export function toolFailure(tool: string, stderr: string): KintsugiError {
  const lines = stderr.split('\n').filter((line) => /error|FATAL|DETAIL|HINT|denied/i.test(line));
  const said = (lines.slice(0, 4).join(' / ') || stderr.slice(-400)).trim().slice(0, 800);
  if (/No space left on device/.test(stderr)) return backupsDiskFull(`: ${said}`);
  if (snapshotLost.test(stderr)) return new KintsugiError('CONNECTION_LOST', `The snapshot of the backup is gone: ${said}`);
  if (connectionLost.test(stderr)) return new KintsugiError('CONNECTION_LOST', `The server went away during ${tool}: ${said}`);
  if (changedMeanwhile.test(stderr))
    return new KintsugiError('CONNECTION_LOST', `The schema changed while ${tool} began: ${said}`);
  if (/permission denied|password authentication failed|no password supplied/.test(stderr)) {
    return new KintsugiError('DATABASE_AUTH', `The user of the plan may not read all that ${tool} needs: ${said}`, {
      hints: ['database.user of the plan must be a superuser: kintsugi plan check'],
    });
  }
  return new KintsugiError('IO', `${tool} failed: ${said}`, {
    state: 'The unfinished backup was removed; earlier backups are untouched.',
  });
}

/** @returns what an error of a query inside the snapshot means; see `toolFailure`. */
export function queryFailure(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: string };
  if (error instanceof KintsugiError || typeof code !== 'string' || code.length !== 5) return error;
  return toolFailure('reading the inventory', `error: ${message} (${code})`);
}
