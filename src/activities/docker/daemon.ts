import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { cancellationSignal } from '@temporalio/activity';
import type Docker from 'dockerode';
import { ExecaError, execa } from 'execa';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { milliseconds } from '../../plan/units.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { askEngine } from './engine.ts';

/** A daemon that hangs takes connections and never answers. */
const answerWithin = 5_000;

/** @returns why the Docker daemon does not answer; null if it does. */
export async function dockerProblem(docker: Docker): Promise<string | null> {
  try {
    const silent = delay(answerWithin, 'silent', { ref: false });
    const answer = await Promise.race([askEngine(() => docker.ping()), silent]);
    return answer === 'silent'
      ? `The Docker Engine takes connections and does not answer within ${answerWithin / 1000} s.`
      : null;
  } catch (error) {
    return error instanceof KintsugiError
      ? error.message
      : `The Docker Engine answers with an error: ${(error as Error).message}`;
  }
}

/** What a restart of the Docker daemon did. */
export interface DaemonRestart {
  /** Whether it had to be restarted. */
  readonly restarted: boolean;
  readonly version: string;
}

/**
 * Restarts the Docker daemon with the plan's command if it does not answer, and waits until it does. The worker and Temporal run
 * outside of Docker, so they live on.
 *
 * @throws KintsugiError TOOL_MISSING when there is no such command; DOCKER_UNREACHABLE (retryable) when it fails or does not help.
 */
export async function restartDocker(context: WorkerContext, input: StepInput): Promise<DaemonRestart> {
  const { restartDocker: command, dockerWithin } = input.plan.host;
  const before = await dockerProblem(context.docker);
  if (before !== null) {
    await beating(
      () => ({ text: `waits for ${command.join(' ')}` }),
      async (signal) => {
        await run(command, signal);
        await untilItAnswers(context.docker, milliseconds(dockerWithin), command);
      },
    );
  }
  const { Version: version } = await askEngine(() => context.docker.version());
  return { restarted: before !== null, version };
}

async function run(command: readonly string[], signal: AbortSignal): Promise<void> {
  const [program = '', ...args] = command;
  try {
    // Whatever it starts is the system's, not the worker's: it must not hold the worker's streams, nor end with it.
    await execa(program, args, { cancelSignal: signal, stdin: 'ignore', stdout: 'ignore', stderr: 'pipe', timeout: 180_000 });
  } catch (error) {
    const said = error instanceof ExecaError ? error.stderr || error.originalMessage || error.shortMessage : String(error);
    const hints = ['see what keeps it from starting: journalctl -u docker --lines 50', 'set host.restartDocker of the plan'];
    if (error instanceof ExecaError && (error.code === 'ENOENT' || error.code === 'EACCES'))
      throw new KintsugiError('TOOL_MISSING', `The Docker daemon can’t be restarted: ${program} can’t be run (${error.code}).`, {
        state: 'Docker does not answer; its containers may run without it.',
        hints: hints.toReversed(),
      });
    throw new KintsugiError('DOCKER_UNREACHABLE', `${command.join(' ')} failed: ${said.trim().split('\n').at(-1)}`, { hints });
  }
}

async function untilItAnswers(docker: Docker, withinMs: number, command: readonly string[]): Promise<void> {
  const end = Date.now() + withinMs;
  for (let problem = await dockerProblem(docker); problem !== null; problem = await dockerProblem(docker)) {
    if (Date.now() > end)
      throw new KintsugiError('DOCKER_UNREACHABLE', `Docker does not answer after ${command.join(' ')}: ${problem}`, {
        hints: ['journalctl -u docker --lines 50', 'kintsugi doctor'],
      });
    await delay(250, undefined, { signal: cancellationSignal() });
  }
}

/** What Docker's own files tell of a container while its daemon does not answer. */
export interface StoredContainer {
  readonly id: string;
  readonly name: string;
  readonly project: string;
  readonly service: string;
  readonly running: boolean;
  readonly logPath: string;
  readonly mounts: readonly { readonly target: string; readonly volume: string; readonly source: string }[];
}

interface StoredConfig {
  readonly ID: string;
  readonly Name: string;
  readonly State?: { readonly Running?: boolean };
  readonly Config?: { readonly Labels?: Readonly<Record<string, string | undefined>> | null };
  readonly LogPath?: string;
  readonly MountPoints?: Readonly<Record<string, { readonly Name?: string; readonly Source?: string }>>;
}

/** @returns the containers as Docker's data folder tells them; none if the worker may not read it. Nothing is locked or changed. */
export async function storedContainers(dockerFolder: string): Promise<StoredContainer[]> {
  const folder = path.join(dockerFolder, 'containers');
  const ids = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    ids.map((id) =>
      readFile(path.join(folder, id, 'config.v2.json'), 'utf8').then(
        (text) => described(JSON.parse(text) as StoredConfig),
        () => null,
      ),
    ),
  );
  return found.filter((each) => each !== null);
}

function described({ ID: id, Name: name, State, Config, LogPath, MountPoints }: StoredConfig): StoredContainer {
  const labels = Config?.Labels ?? {};
  return {
    id,
    name: name.replace(/^\//, ''),
    project: labels['com.docker.compose.project'] ?? '',
    service: labels['com.docker.compose.service'] ?? '',
    running: State?.Running === true,
    logPath: LogPath ?? '',
    mounts: Object.entries(MountPoints ?? {}).map(([target, mount]) => ({
      target,
      volume: mount.Name ?? '',
      source: mount.Source ?? '',
    })),
  };
}
