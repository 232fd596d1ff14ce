import type { BackupKind } from '../../catalog/facts.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { type JobSpec, runJob } from '../docker/job.ts';
import { jobLabels, jobName } from '../docker/job-name.ts';
import { type DatabaseContainer, databaseContainer } from '../docker/stack.ts';
import { databaseOption } from './database-option.ts';
import { plainSchemaScript } from './plain-dump.ts';
import { type SchemaObjects, schemaObjects } from './schema-objects.ts';
import { serverAccess } from './server.ts';

/**
 * @param options.snapshot an exported snapshot to look at. @param options.owners false: without who owns what.
 * @returns the objects of a database of the server, as pg_dump describes them.
 */
export async function databaseObjects(
  context: WorkerContext,
  input: StepInput,
  database: string,
  options: { step: string; snapshot?: string; owners?: boolean },
): Promise<SchemaObjects> {
  const server = await databaseContainer(context, input);
  const access = await serverAccess(context, input);
  const command = [
    'pg_dump',
    '--schema-only',
    '--no-password',
    `--host=${server.alias}`,
    `--username=${access.user}`,
    databaseOption(database),
    ...(options.owners === false ? ['--no-owner'] : []),
    ...(options.snapshot === undefined ? [] : [`--snapshot=${options.snapshot}`]),
  ];
  const password = access.password === undefined ? {} : { passwordFile: { user: access.user, password: access.password } };
  return objectsOf(context, { ...baseJob(input, server, options.step), network: server.network, command, ...password });
}

/** @returns the objects that an archive or a plain dump promises: what a restore is compared with. */
export async function archiveObjects(
  context: WorkerContext,
  input: StepInput,
  archive: { kind: BackupKind; path: string },
): Promise<SchemaObjects> {
  const server = await databaseContainer(context, input);
  const inside = '/kintsugi/archive';
  const command = archive.kind.startsWith('plain')
    ? plainSchemaScript(archive.kind, inside)
    : ['pg_restore', '--schema-only', '--file=-', inside];
  const mounts = [{ source: archive.path, target: inside, readOnly: true }];
  return objectsOf(context, { ...baseJob(input, server, 'archive-schema'), network: 'none', command, mounts });
}

function baseJob(input: StepInput, server: DatabaseContainer, step: string) {
  return { name: jobName(input, step), image: server.image, labels: jobLabels(input, step) };
}

async function objectsOf(context: WorkerContext, spec: JobSpec): Promise<SchemaObjects> {
  const lines: string[] = [];
  const result = await runJob(context.docker, spec, { onLine: (line, stream) => stream === 'stdout' && lines.push(line) });
  if (result.exitCode !== 0)
    throw new KintsugiError('CONNECTION_LOST', `${spec.command[0]} did not end well: ${result.stderr.slice(-400)}`);
  return schemaObjects(lines);
}
