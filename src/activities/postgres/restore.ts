/**
 * Restores a backup into a scratch database beside the live one.
 *
 * Look, then act: the scratch database's marker tells how far an earlier attempt came, the job containers' logs tell which
 * parts pg_restore finished. A running job is joined. When the server went down in the middle, finished parts are kept and
 * only the parts in flight are done again.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BackupKind } from '../../catalog/facts.ts';
import type { DatabaseProperties } from '../../catalog/manifest.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepHeartbeat } from '../../workflows/contract.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { askEngine, orNull } from '../docker/engine.ts';
import { ensureJob, type JobSpec, removeJob, runJob, watchJob } from '../docker/job.ts';
import { jobLabels, jobName, labels } from '../docker/job-name.ts';
import { type DatabaseContainer, databaseContainer } from '../docker/stack.ts';
import { databaseOption } from './database-option.ts';
import { markVisible } from './mark-visible.ts';
import { databaseNames } from './marker.ts';
import { plainRestoreScript } from './plain-dump.ts';
import { restoreProgress } from './progress.ts';
import { restoreSettings } from './restore-settings.ts';
import { applyProperties, markScratch, recreateScratch, type ScratchPhase, scratchPhase } from './scratch.ts';
import { identifier, type ServerAccess, serverAccess, withClient } from './server.ts';
import { superuserSettings } from './superuser-settings.ts';
import { parseToc, RestoreLog, schemaDone, type TocEntry, tableOfEntry } from './toc.ts';

export interface RestoreSource {
  readonly kind: BackupKind;
  /** Absolute path on the host of the archive: the directory of a directory dump, or the file. */
  readonly archive: string;
  /** What the database is to be like; null: as the server makes new databases. */
  readonly properties: DatabaseProperties | null;
  /** Size of the database when it was backed up, in bytes, for the progress; null if unknown. */
  readonly databaseBytes: number | null;
  /** Whether it makes the schema public, which a new database has already. */
  readonly createsPublic: boolean;
}

export interface RestoreEvidence {
  readonly scratch: string;
  /** Rounds of pg_restore: more than one when the server or the engine went down in between. */
  readonly rounds: number;
  /** Whether a job of an earlier attempt was joined. */
  readonly joined: boolean;
  readonly command: readonly string[];
}

/** @throws KintsugiError RESTORE_FAILED at the first error; CONNECTION_LOST, JOB_LOST (retryable): the next attempt goes on. */
export async function restoreBeside(
  context: WorkerContext,
  input: StepInput & { source: RestoreSource },
): Promise<RestoreEvidence> {
  const restore = new Restore(context, input, await databaseContainer(context, input), await serverAccess(context, input));
  return restore.run();
}

// Two runs in one job: the schema is short and is made again as a whole, the parts of the rest are told from the log.
const wholeScript = `set -e; jobs=$1; shift
pg_restore --section=pre-data "$@"; echo '${schemaDone}' >&2
pg_restore --section=data --section=post-data --jobs="$jobs" "$@"`;

class Restore {
  readonly #context: WorkerContext;
  readonly #input: StepInput & { source: RestoreSource };
  readonly #server: DatabaseContainer;
  readonly #access: ServerAccess;
  readonly #scratch: string;
  #joined = false;
  #superuserSettings: Record<string, string> = {};

  constructor(
    context: WorkerContext,
    input: StepInput & { source: RestoreSource },
    server: DatabaseContainer,
    access: ServerAccess,
  ) {
    this.#context = context;
    this.#input = input;
    this.#server = server;
    this.#access = access;
    this.#scratch = databaseNames(input.database, input.runId).scratch;
  }

  async run(): Promise<RestoreEvidence> {
    const { source } = this.#input;
    const plain = source.kind.startsWith('plain');
    // Neither tells in its log which parts are done.
    const onePart = plain || source.kind === 'tar';
    const phase = await this.#maintenance((client) => scratchPhase(client, this.#input));
    let rounds = 0;
    if (phase !== 'restored') {
      this.#superuserSettings = await this.#maintenance(superuserSettings);
      rounds = onePart ? await this.#onePart(phase) : await this.#rounds();
      await markVisible(this.#access, this.#scratch, this.#jobs());
      await this.#maintenance(async (client) => {
        if (source.properties !== null) await applyProperties(client, this.#scratch, source.properties);
        await markScratch(client, this.#input, 'restored');
      });
    }
    return {
      scratch: this.#scratch,
      rounds,
      joined: this.#joined,
      command: plain ? ['psql'] : this.#pgRestore(`--jobs=${this.#jobs()}`),
    };
  }

  /** Schema, data, indexes and constraints, in as many rounds as the server needs. @returns the rounds. */
  async #rounds(): Promise<number> {
    const log = new RestoreLog();
    for (let round = 1; ; round += 1) {
      const name = jobName(this.#input, `restore-${round}`);
      const inspected = await orNull(() => this.#context.docker.getContainer(name).inspect());
      // Created and not started: the worker died in between, so nothing of this round was done.
      const found = inspected?.State.Status === 'created' ? null : inspected;
      if (found === null) await ensureJob(this.#context.docker, await this.#round(round, log));
      else {
        this.#joined = true;
        // It was begun when the objects in flight before it had been made again.
        log.settleObjects();
      }
      const result = await watchJob(
        this.#context.docker,
        name,
        this.#watch((line) => log.take(line)),
      ).catch((error: unknown) => {
        // An ended job of an earlier attempt that was lost: its log has told what it finished; go on with the next round.
        if (found !== null && !found.State.Running && error instanceof KintsugiError && error.code === 'JOB_LOST') return null;
        throw error;
      });
      if (result === null) continue;
      if (result.exitCode === 0) return round;
      if (found !== null && !found.State.Running && isConnectionLoss(result.stderr)) continue;
      // Only a round that began from nothing tells a bad archive from a rest that was told wrongly.
      if (round > 1 && !isConnectionLoss(result.stderr)) await this.#startOver(lastError(result.stderr));
      this.#judge(result);
    }
  }

  /** @returns the job of a round: everything into an empty database, or what is left after the rounds before. */
  async #round(round: number, log: RestoreLog): Promise<JobSpec> {
    if (!log.schemaDone) {
      await this.#recreate();
      const list = await this.#withoutPublic(`restore-${round}`);
      const options = list === undefined ? [] : ['--use-list=/kintsugi/list'];
      const script = ['bash', '-c', wholeScript, 'restore', String(this.#jobs())];
      return this.#job(`restore-${round}`, [...script, ...this.#pgRestore(...options).slice(1)], list);
    }
    const entries = parseToc(await this.#list());
    await this.#settleInFlight(entries, log, round);
    const left = entries.filter((entry) => !log.finished.has(entry.dumpId));
    const list = await this.#writeList(
      `restore-${round}`,
      left.map((entry) => entry.line),
    );
    const options = ['--section=data', '--section=post-data', `--jobs=${this.#jobs()}`, '--use-list=/kintsugi/list'];
    return this.#job(`restore-${round}`, this.#pgRestore(...options), list);
  }

  /** Parts in flight when the server went down may be committed or not: tables are emptied, objects dropped and made again. */
  async #settleInFlight(entries: readonly TocEntry[], log: RestoreLog, round: number): Promise<void> {
    const inFlight = entries.filter((entry) => log.inFlight().has(entry.dumpId));
    const tables = inFlight.filter((entry) => entry.text.startsWith('TABLE DATA '));
    await withClient(this.#access, this.#scratch, async (client) => {
      const { rows } = await client.query<{ schema: string; name: string }>(
        "SELECT n.nspname AS schema, c.relname AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p')",
      );
      for (const entry of tables) {
        const table = tableOfEntry(entry, rows);
        if (table === null) return this.#startOver(`it cannot be told which table “${entry.text}” is`);
        await client.query(`TRUNCATE ONLY ${identifier(table.schema)}.${identifier(table.name)}`);
      }
    });
    const objects = inFlight.filter((entry) => !entry.text.startsWith('TABLE DATA '));
    if (objects.length > 0) await this.#remake(objects, `settle-${round}`);
    log.settleObjects();
  }

  async #remake(objects: readonly TocEntry[], step: string): Promise<void> {
    const list = await this.#writeList(
      step,
      objects.map((entry) => entry.line),
    );
    const spec = this.#job(step, this.#pgRestore('--clean', '--if-exists', '--use-list=/kintsugi/list'), list);
    const { exitCode, stderr } = await runJob(this.#context.docker, spec, this.#watch());
    // Some objects can't be dropped alone, such as a table's place in a publication.
    if (exitCode !== 0 && !isConnectionLoss(stderr)) return this.#startOver(lastError(stderr));
    this.#judge({ exitCode, stderr });
  }

  /** What cannot be brought to a known state is made again from nothing, by the next attempt. */
  async #startOver(why: string): Promise<never> {
    await this.#removeRounds();
    throw new KintsugiError('CONNECTION_LOST', `The server went away during the restore, which begins anew: ${why}.`);
  }

  /** Without their logs, no part counts as done. */
  async #removeRounds(): Promise<void> {
    const { docker } = this.#context;
    const label = [`${labels.run}=${this.#input.runId}`];
    const jobs = await askEngine(() => docker.listContainers({ all: true, filters: { label } }));
    for (const { Id, Labels } of jobs) if (/^restore-\d+$/.test(Labels[labels.step] ?? '')) await removeJob(docker, Id);
  }

  /** What is restored in one part begins again from its beginning, unless its job still runs or has ended well. */
  async #onePart(phase: ScratchPhase): Promise<number> {
    const spec = await this.#onePartJob();
    const found = await orNull(() => this.#context.docker.getContainer(spec.name).inspect());
    if (phase === null || found === null) await this.#recreate();
    this.#joined ||= found !== null;
    this.#judge(await runJob(this.#context.docker, spec, this.#watch()));
    return 1;
  }

  async #onePartJob(): Promise<JobSpec> {
    const { kind } = this.#input.source;
    if (kind !== 'tar')
      return this.#job('restore-1', plainRestoreScript(kind, '/kintsugi/archive', this.#connection(), this.#scratch));
    const list = await this.#withoutPublic('restore-1');
    return this.#job('restore-1', this.#pgRestore(...(list === undefined ? [] : ['--use-list=/kintsugi/list'])), list);
  }

  /** The schema public is there already: an archive that makes it would stop at that. @returns the list of all else. */
  async #withoutPublic(step: string): Promise<string | undefined> {
    if (!this.#input.source.createsPublic) return undefined;
    const entries = parseToc(await this.#list()).filter((entry) => !entry.text.startsWith('SCHEMA - public '));
    return this.#writeList(
      step,
      entries.map((entry) => entry.line),
    );
  }

  #recreate(): Promise<void> {
    return this.#maintenance((client) => recreateScratch(client, this.#input, this.#input.source.properties));
  }

  #judge(result: { exitCode: number; stderr: string }): void {
    if (result.exitCode === 0) return;
    if (isConnectionLoss(result.stderr))
      throw new KintsugiError('CONNECTION_LOST', `The server went away during the restore: ${lastError(result.stderr)}`);
    if (/No space left on device/.test(result.stderr))
      throw new KintsugiError('DISK_TOO_SMALL', `The disk of the database is full: ${lastError(result.stderr)}`, {
        hints: ['free disk space, then: kintsugi recover restore'],
      });
    throw new KintsugiError('RESTORE_FAILED', `The restore stopped at an error: ${lastError(result.stderr)}`, {
      hints: ['choose another backup: kintsugi backup list'],
    });
  }

  async #list(): Promise<string[]> {
    const lines: string[] = [];
    const spec = { ...this.#job('list', ['pg_restore', '--list', '/kintsugi/archive']), network: 'none' };
    this.#judge(await runJob(this.#context.docker, spec, { onLine: (line, stream) => stream === 'stdout' && lines.push(line) }));
    return lines;
  }

  async #writeList(step: string, lines: readonly string[]): Promise<string> {
    const folder = path.join(this.#context.stateFolder, 'lists');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = path.join(folder, jobName(this.#input, step));
    await writeFile(file, `${lines.join('\n')}\n`);
    return file;
  }

  #pgRestore(...options: string[]): string[] {
    return [
      'pg_restore',
      '--exit-on-error',
      '--verbose',
      ...this.#connection(),
      databaseOption(this.#scratch),
      ...options,
      '/kintsugi/archive',
    ];
  }

  #connection(): string[] {
    return ['--no-password', `--host=${this.#server.alias}`, '--port=5432', `--username=${this.#access.user}`];
  }

  #jobs(): number {
    // Only a parallel pg_restore says which parts it finished.
    return Math.max(2, this.#input.plan.restore.jobs);
  }

  #job(step: string, command: readonly string[], list?: string): JobSpec {
    return {
      name: jobName(this.#input, step),
      image: this.#server.image,
      network: this.#server.network,
      command,
      environment: { PGOPTIONS: this.#options(), PGCONNECT_TIMEOUT: '10' },
      mounts: [
        { source: this.#input.source.archive, target: '/kintsugi/archive', readOnly: true },
        ...(list === undefined ? [] : [{ source: list, target: '/kintsugi/list', readOnly: true }]),
      ],
      ...(this.#access.password === undefined
        ? {}
        : { passwordFile: { user: this.#access.user, password: this.#access.password } }),
      labels: jobLabels(this.#input, step),
    };
  }

  /** Settings of the restoring sessions, measured: docs/decisions/0006-restore-settings.md. */
  #options(): string {
    const settings = { ...restoreSettings(this.#jobs()), ...this.#superuserSettings, ...this.#input.plan.restore.settings };
    return Object.entries(settings)
      .map(([name, value]) => `-c ${name}=${value.replace(/[\\ ]/g, '\\$&')}`)
      .join(' ');
  }

  #watch(onStderr?: (line: string) => void) {
    return {
      onLine: (line: string, stream: 'stdout' | 'stderr') => {
        if (stream === 'stderr') onStderr?.(line);
      },
      tick: (): Promise<StepHeartbeat> => restoreProgress(this.#access, this.#scratch, this.#input.source.databaseBytes),
    };
  }

  #maintenance<T>(work: Parameters<typeof withClient<T>>[2]): Promise<T> {
    return withClient(this.#access, this.#access.maintenance, work);
  }
}

function isConnectionLoss(stderr: string): boolean {
  return /server closed the connection|connection to server|could not connect|terminating connection|the database system is|no connection to the server|SSL SYSCALL|could not translate host name|could not (send|receive) data/.test(
    stderr,
  );
}

function lastError(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => /error|ERROR|FATAL|DETAIL|CONTEXT/.test(line));
  return lines.slice(0, 4).join(' / ').slice(0, 800) || stderr.slice(-400);
}
