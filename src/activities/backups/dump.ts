import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { archiveName, globalsName } from '../../catalog/layout.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepHeartbeat } from '../../workflows/contract.ts';
import type { WorkerContext } from '../context.ts';
import { orNull } from '../docker/engine.ts';
import { ensureJob, type JobSpec, type JobWatch, removeJob, watchJob } from '../docker/job.ts';
import { databaseOption } from '../postgres/database-option.ts';
import { megabytes } from './beat.ts';
import { gently } from './gently.ts';
import { notePath, partialFolder, readNote, writeWhole } from './partial.ts';
import type { RoundInput, Snapshot } from './snapshot.ts';
import { toolFailure, toolJob } from './tool-job.ts';

export interface DumpInput extends RoundInput {
  readonly snapshot: Snapshot;
}

export interface DumpEvidence {
  readonly command: readonly string[];
  readonly tables: number;
  readonly startedAt: string;
  readonly finishedAt: string;
}

// The list and the sequences' values are read from the archive itself: that it can be read is shown, and they are what it holds.
const dumpScript = `set -e; pg_dump "$@"; cd /backup
pg_restore --list data > work/toc
grep -E '^[0-9]+; [0-9]+ [0-9]+ SEQUENCE SET ' work/toc > work/sequences.list || true
pg_restore --use-list=work/sequences.list --file=work/sequences.sql data`;

/**
 * Dumps the database in directory format. Done, it is not done again; a running dump is joined; what a lost one left is removed.
 *
 * @throws KintsugiError CONNECTION_LOST, JOB_LOST: a new round is needed; DISK_TOO_SMALL, DATABASE_AUTH, IO.
 */
export async function dumpDatabase(context: WorkerContext, input: DumpInput): Promise<DumpEvidence> {
  const folder = partialFolder(context, input);
  const { compression, jobs } = input.plan.backups;
  const options = [`--jobs=${jobs}`, `--compress=${compression}`, `--snapshot=${input.snapshot.name}`, '--verbose', '--no-sync'];
  const { prefix, limits } = gently(input.plan.backups.load);
  const command = (connection: readonly string[]) => [
    ...[...prefix, 'bash', '-c', dumpScript, 'dump', '--format=directory', ...options],
    ...[`--file=/backup/${archiveName}`, ...connection, databaseOption(input.database)],
  ];
  const spec = await toolJob(context, input, 'dump', command, { folder, limits });
  const begun = new Set<string>();
  const watch: JobWatch = {
    onLine: (line) => {
      const table = /dumping contents of table "(.*)"$/.exec(line)?.[1];
      if (table !== undefined) begun.add(table);
    },
    tick: () => progress(path.join(folder, archiveName), begun),
  };
  return onceOnly(context, input, spec, 'dump', watch, [archiveName], async (times) => ({
    command: [...prefix, 'pg_dump', ...spec.command.slice(prefix.length + 4)],
    tables: begun.size,
    ...times,
  }));
}

async function progress(archive: string, begun: ReadonlySet<string>): Promise<StepHeartbeat> {
  const names = await readdir(archive).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(path.join(archive, name)).then((found) => found.size)));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  return { text: `${[...begun].at(-1) ?? 'reading the schema'} · ${begun.size} tables begun · ${megabytes(bytes)} written` };
}

/**
 * Writes roles, memberships and tablespaces, which a dump of one database does not hold. Without the right to read passwords they
 * are left out, and that is said.
 */
export async function dumpGlobals(context: WorkerContext, input: DumpInput): Promise<{ passwords: boolean }> {
  try {
    return await globals(context, input, true);
  } catch (error) {
    if (!(error instanceof KintsugiError) || error.code !== 'DATABASE_AUTH') throw error;
    return globals(context, input, false);
  }
}

async function globals(context: WorkerContext, input: DumpInput, passwords: boolean): Promise<{ passwords: boolean }> {
  const folder = partialFolder(context, input);
  const step = passwords ? 'globals' : 'globals-without-passwords';
  const file = `--file=/backup/${globalsName}`;
  const spec = await toolJob(
    context,
    input,
    step,
    (connection) => [
      ...['pg_dumpall', '--globals-only', ...(passwords ? [] : ['--no-role-passwords']), file, ...connection],
      `--database=${input.plan.database.maintenance}`,
    ],
    { folder },
  );
  return onceOnly(context, input, spec, 'globals', {}, [globalsName], async () => ({ passwords }));
}

/**
 * Runs a job that must not be run twice: the note that it is done is written before its container goes, so a worker that dies
 * between the two leaves no doubt.
 */
async function onceOnly<T>(
  context: WorkerContext,
  input: DumpInput,
  spec: JobSpec,
  note: string,
  watch: JobWatch,
  makes: readonly string[],
  evidence: (times: { startedAt: string; finishedAt: string }) => Promise<T>,
): Promise<T> {
  const file = notePath(context, input, `${note}.json`);
  const done = await readNote<T>(file);
  if (done !== null) return done;
  const found = await orNull(() => context.docker.getContainer(spec.name).inspect());
  if (found === null || found.State.Status === 'created') {
    for (const name of makes) await rm(path.join(partialFolder(context, input), name), { recursive: true, force: true });
  }
  await ensureJob(context.docker, spec);
  const ended = await watchJob(context.docker, spec.name, watch);
  if (ended.exitCode !== 0) throw toolFailure(note === 'dump' ? 'pg_dump' : (spec.command[0] ?? ''), ended.stderr);
  const result = await evidence({ startedAt: ended.startedAt, finishedAt: ended.finishedAt });
  await writeWhole(file, result);
  await removeJob(context.docker, spec.name);
  return result;
}
