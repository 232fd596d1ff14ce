import { mkdir, open, rm } from 'node:fs/promises';
import path from 'node:path';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { WorkerContext } from '../context.ts';
import { orNull } from '../docker/engine.ts';
import { type JobSpec, runJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { databaseContainer } from '../docker/stack.ts';
import { serverAccess } from '../postgres/server.ts';
import type { RoundInput, Snapshot } from './snapshot.ts';

export interface DumpInput extends RoundInput {
  readonly snapshot: Snapshot;
}

/** @returns the folder in which a backup grows until it is whole. */
export function partialFolder(context: WorkerContext, input: DumpInput): string {
  return path.join(path.resolve(context.planFolder, input.plan.backups.folder), `${input.snapshot.id}.partial`);
}

/** Dumps the database in directory format, and the roles beside it. A running dump is joined; a lost one begins again. */
export async function dumpDatabase(context: WorkerContext, input: DumpInput): Promise<{ tables: number }> {
  const folder = partialFolder(context, input);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { compression, jobs } = input.plan.backups;
  const dump = await job(context, input, 'dump', folder, [
    'pg_dump',
    '--format=directory',
    `--jobs=${jobs}`,
    `--compress=${compression}`,
    `--snapshot=${input.snapshot.name}`,
    '--verbose',
    '--file=/backup/data',
    `--dbname=${input.database}`,
  ]);
  // No job of that name runs: what lies here is of a dump that was lost.
  if ((await orNull(() => context.docker.getContainer(dump.name).inspect())) === null)
    await rm(path.join(folder, 'data'), { recursive: true, force: true });
  let tables = 0;
  const ended = await runJob(context.docker, dump, {
    onLine: (line) => {
      if (line.includes('dumping contents of table')) tables += 1;
    },
    tick: async () => ({ text: `dumping, ${tables} tables begun` }),
  });
  if (ended.exitCode !== 0) throw failed('pg_dump', ended.stderr);
  await dumpGlobals(context, input, folder);
  return { tables };
}

/** Roles, memberships and tablespaces, which a dump of one database does not hold. */
async function dumpGlobals(context: WorkerContext, input: DumpInput, folder: string): Promise<void> {
  const spec = await job(context, input, 'globals', folder, ['pg_dumpall', '--globals-only', '--file=/backup/globals.sql']);
  const ended = await runJob(context.docker, spec);
  if (ended.exitCode !== 0) throw failed('pg_dumpall', ended.stderr);
  const handle = await open(path.join(folder, 'globals.sql'));
  await handle.chmod(0o600).finally(() => handle.close());
}

async function job(
  context: WorkerContext,
  input: DumpInput,
  step: string,
  folder: string,
  command: readonly string[],
): Promise<JobSpec> {
  const server = await databaseContainer(context, input.plan);
  const access = await serverAccess(context, input.plan);
  return {
    name: jobName(input, `${step}-${input.round}`),
    image: server.image,
    network: server.network,
    command: [...command, '--no-password', `--host=${server.alias}`, `--username=${access.user}`],
    mounts: [{ source: folder, target: '/backup', readOnly: false }],
    user: `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
    ...(access.password === undefined ? {} : { passwordFile: { user: access.user, password: access.password } }),
    labels: jobLabels(input, step),
  };
}

function failed(tool: string, stderr: string): KintsugiError {
  const said = stderr
    .trim()
    .split('\n')
    .filter((line) => /error|fatal|detail/i.test(line))
    .slice(0, 3)
    .join(' / ');
  return new KintsugiError('CONNECTION_LOST', `${tool} did not end well: ${said || stderr.slice(-300)}`);
}
