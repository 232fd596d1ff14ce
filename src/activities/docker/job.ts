/**
 * A long tool runs as a job container, so that it outlives the worker: the activity only watches it. The worker dies, the job
 * goes on; the retry finds it by name and joins. The engine dies, the job ends without its end marker; the retry sees that,
 * and starts it again.
 */
import { PassThrough } from 'node:stream';
import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { askEngine, engineStatus, orNull } from './engine.ts';
import { LineSplitter } from './lines.ts';

/** The user and password of a libpq password file, put into the job container before it starts. */
export interface PasswordFile {
  readonly user: string;
  readonly password: string;
}

export interface JobSpec {
  /** Unique and derived from stack, workflow run and step, so that a retry finds it: see `jobName`. */
  readonly name: string;
  readonly image: string;
  /** Docker network to join; `none` for a job without one. */
  readonly network: string;
  /** Program and arguments, never a shell string. */
  readonly command: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly mounts?: readonly { readonly source: string; readonly target: string; readonly readOnly: boolean }[];
  readonly passwordFile?: PasswordFile;
  /** `uid:gid` of the process; root if missing. */
  readonly user?: string;
  /** Folder that the program starts in; the image's own if missing. */
  readonly folder?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly limits?: JobLimits;
}

/** What a job may take from the rest of the machine. */
export interface JobLimits {
  /** Weight against other containers; 1024 is the usual one. A nice value alone only orders the processes inside one container. */
  readonly cpuShares: number;
  /** Processors at most. */
  readonly cpus?: number | undefined;
}

export interface JobResult {
  readonly exitCode: number;
  /** Last 64 KiB of standard output and of standard error. */
  readonly stdout: string;
  readonly stderr: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  /** Whether the job was already there (running or ended) when this attempt looked for it. */
  readonly joined: boolean;
}

export interface JobWatch {
  /** Called about once a second while the job runs; what it returns becomes the heartbeat's details. */
  readonly tick?: () => Promise<unknown>;
  /** Called for each complete line of output, from the job's beginning, also when it is joined. */
  readonly onLine?: (line: string, stream: 'stdout' | 'stderr') => void;
}

const endMarker = 'KINTSUGI-JOB-END ';
const passwordPath = '/tmp/kintsugi-pgpass';
const tailBytes = 64 * 1024;

// The program's arguments arrive as "$@": nothing of them is ever read by the shell.
const wrapper = `"$@"; code=$?; printf '\\n${endMarker}%s\\n' "$code" >&2; exit "$code"`;

/**
 * Runs a job to its end and removes its container.
 *
 * @returns how it ended; a non-zero exit code is the caller's to judge.
 * @throws KintsugiError JOB_LOST (retryable) if it ended without its end marker; the container is removed then, so that the
 * next attempt starts afresh. DOCKER_UNREACHABLE (retryable); CancelledFailure when the activity is cancelled: the job is
 * ended then, unless it is only the worker that shuts down.
 */
export async function runJob(docker: Docker, spec: JobSpec, watch: JobWatch = {}): Promise<JobResult> {
  const { joined } = await ensureJob(docker, spec);
  try {
    const result = await watchJob(docker, spec.name, watch);
    await removeJob(docker, spec.name);
    return { ...result, joined };
  } catch (error) {
    if (error instanceof KintsugiError && error.code === 'JOB_LOST') await removeJob(docker, spec.name);
    throw error;
  }
}

/** Starts a job if it is not there yet. @returns whether it was there already, running or ended. */
export async function ensureJob(docker: Docker, spec: JobSpec): Promise<{ joined: boolean }> {
  const found = await orNull(() => docker.getContainer(spec.name).inspect());
  if (found !== null && found.State.Status !== 'created') return { joined: true };
  // "created" means that an earlier attempt died between create and start: its password file may be missing.
  if (found !== null) await removeJob(docker, spec.name);
  const container = await createJob(docker, spec);
  await askEngine(() => container.start());
  return { joined: false };
}

async function createJob(docker: Docker, spec: JobSpec): Promise<Docker.Container> {
  const environment = { ...spec.environment, ...(spec.passwordFile ? { PGPASSFILE: passwordPath } : {}) };
  const container = await askEngine(() =>
    docker.createContainer({
      name: spec.name,
      Image: spec.image,
      Entrypoint: ['bash', '-c', wrapper, 'kintsugi-job'],
      Cmd: [...spec.command],
      Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
      Labels: { ...spec.labels },
      ...(spec.user === undefined ? {} : { User: spec.user }),
      ...(spec.folder === undefined ? {} : { WorkingDir: spec.folder }),
      // The image's own anonymous volume and health check are of no use to a job.
      Healthcheck: { Test: ['NONE'] },
      HostConfig: {
        NetworkMode: spec.network,
        Init: true,
        ...(spec.limits === undefined ? {} : { CpuShares: spec.limits.cpuShares }),
        ...(spec.limits?.cpus === undefined ? {} : { NanoCpus: Math.round(spec.limits.cpus * 1e9) }),
        // json-file whatever the daemon's default is: the log is how a retry learns what was done.
        LogConfig: { Type: 'json-file', Config: {} },
        Mounts: (spec.mounts ?? []).map((mount) => ({
          Type: 'bind',
          Source: mount.source,
          Target: mount.target,
          ReadOnly: mount.readOnly,
        })),
      },
    }),
  );
  if (spec.passwordFile) await putPasswordFile(container, spec.passwordFile, spec.user);
  return container;
}

async function putPasswordFile(container: Docker.Container, file: PasswordFile, user = '0:0'): Promise<void> {
  const escaped = [file.user, file.password].map((part) => part.replace(/[\\:]/g, '\\$&')).join(':');
  const [uid, gid] = user.split(':').map(Number);
  const archive = pack();
  archive.entry({ name: passwordPath.slice('/tmp/'.length), mode: 0o600, uid: uid ?? 0, gid: gid ?? 0 }, `*:*:*:${escaped}\n`);
  archive.finalize();
  await askEngine(() => container.putArchive(archive as unknown as NodeJS.ReadableStream, { path: '/tmp' }));
}

/**
 * Follows a job to its end, from its first line of output.
 *
 * @throws KintsugiError JOB_LOST if it ended without its end marker; the container is left for who wants its log.
 */
export async function watchJob(docker: Docker, name: string, watch: JobWatch = {}): Promise<Omit<JobResult, 'joined'>> {
  const container = docker.getContainer(name);
  const tails = { stdout: '', stderr: '' };
  let exitCode: number | undefined;
  const take = (stream: 'stdout' | 'stderr') => (line: string) => {
    if (stream === 'stderr' && line.startsWith(endMarker)) {
      exitCode = Number(line.slice(endMarker.length));
      return;
    }
    tails[stream] = `${tails[stream]}${line}\n`.slice(-tailBytes);
    watch.onLine?.(line, stream);
  };
  await beating(
    watch.tick,
    (signal) => follow(docker, container, signal, take('stdout'), take('stderr')),
    () => endJob(docker, name),
  );
  const state = (await askEngine(() => container.inspect())).State;
  if (state.Running) throw new KintsugiError('DOCKER_UNREACHABLE', `The log of job ${name} broke off while it runs.`);
  if (exitCode === undefined) {
    throw new KintsugiError(
      'JOB_LOST',
      `Job ${name} ended without its end marker (exit ${state.ExitCode}${state.OOMKilled ? ', out of memory' : ''}).`,
    );
  }
  return { exitCode, ...tails, startedAt: state.StartedAt, finishedAt: state.FinishedAt };
}

/** Heartbeats once a second while `work` runs; ends the job when a person cancels, but not when only the worker shuts down. */
async function beating(
  tick: JobWatch['tick'],
  work: (signal: AbortSignal) => Promise<void>,
  end: () => Promise<void>,
): Promise<void> {
  const signal = cancellationSignal();
  let details: unknown;
  let busy = false;
  const timer = setInterval(() => {
    heartbeat(details);
    if (tick === undefined || busy) return;
    busy = true;
    // A failing look at the progress must not fail the job.
    tick()
      .then((next) => {
        details = next;
      })
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, 1000);
  try {
    await work(signal);
    signal.throwIfAborted();
  } catch (error) {
    if (!signal.aborted) throw error;
    if (!/shutdown/i.test(String(signal.reason))) await end();
    throw signal.reason;
  } finally {
    clearInterval(timer);
  }
}

async function follow(
  docker: Docker,
  container: Docker.Container,
  signal: AbortSignal,
  onStdout: (line: string) => void,
  onStderr: (line: string) => void,
): Promise<void> {
  const log = await askEngine(() => container.logs({ follow: true, stdout: true, stderr: true }));
  const splitters = [new LineSplitter(onStdout), new LineSplitter(onStderr)] as const;
  const [stdout, stderr] = splitters.map((splitter) => new PassThrough().on('data', (chunk: Buffer) => splitter.push(chunk))) as [
    PassThrough,
    PassThrough,
  ];
  docker.modem.demuxStream(log, stdout, stderr);
  await new Promise<void>((resolve, reject) => {
    const stop = () => reject(signal.reason as Error);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    const done = () => {
      signal.removeEventListener('abort', stop);
      resolve();
    };
    log.once('end', done).once('close', done).once('error', done);
  }).finally(() => (log as unknown as { destroy?: () => void }).destroy?.());
  for (const splitter of splitters) splitter.end();
}

async function endJob(docker: Docker, name: string): Promise<void> {
  await removeJob(docker, name);
}

/** Removes a job's container and its anonymous volumes, running or not; nothing happens if there is none. */
export async function removeJob(docker: Docker, name: string): Promise<void> {
  try {
    await askEngine(() => docker.getContainer(name).remove({ force: true, v: true }));
  } catch (error) {
    // 404: gone already. 409: another call is removing it at this moment.
    const status = engineStatus(error);
    if (status !== 404 && status !== 409) throw error;
  }
}

/** @returns the whole log of a job as lines, or null if there is no such job. */
export async function readJobLog(
  docker: Docker,
  name: string,
): Promise<{ running: boolean; stdout: string[]; stderr: string[] } | null> {
  const container = docker.getContainer(name);
  const found = await orNull(() => container.inspect());
  if (found === null) return null;
  const raw = await askEngine(() => container.logs({ follow: false, stdout: true, stderr: true }));
  const lines = { stdout: [] as string[], stderr: [] as string[] };
  splitFrames(
    raw,
    (line) => lines.stdout.push(line),
    (line) => lines.stderr.push(line),
  );
  return { running: found.State.Running, ...lines };
}

/** Splits a log as the engine sends it, both streams in one, into lines. */
export function splitFrames(raw: Buffer, onStdout: (line: string) => void, onStderr: (line: string) => void): void {
  const splitters = { 1: new LineSplitter(onStdout), 2: new LineSplitter(onStderr) };
  for (let at = 0; at + 8 <= raw.length; ) {
    const length = raw.readUInt32BE(at + 4);
    splitters[raw[at] === 2 ? 2 : 1].push(raw.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  splitters[1].end();
  splitters[2].end();
}
