import type Docker from 'dockerode';
import { isWell } from '../../diagnosis/down.ts';
import type { ContainerFacts } from '../../diagnosis/facts.ts';
import { askEngine, orNull } from '../docker/engine.ts';
import { splitFrames } from '../docker/job.ts';
import { stackContainers } from '../docker/stack.ts';

/** So many lines of the log of a container that is not well. */
const words = 8;
const longestLine = 300;

/** @returns the stack's containers, with the last words of those that are not well. */
export async function lookAtContainers(docker: Docker, project: string): Promise<ContainerFacts[]> {
  const known = await stackContainers(docker, project);
  const found = await Promise.all(
    known.map(async ({ id, service }) => {
      const info = await orNull(() => docker.getContainer(id).inspect());
      if (info === null) return null;
      const facts = describe(info, service);
      return isWell(facts) ? facts : { ...facts, lastWords: await lastWords(docker, id) };
    }),
  );
  return found.filter((each) => each !== null);
}

const states = ['running', 'restarting', 'exited', 'created', 'paused', 'dead'] as const;

/** @returns what the engine tells of a container, without its log. */
function describe({ Id: id, Name: name, State, RestartCount }: Docker.ContainerInspectInfo, service: string): ContainerFacts {
  const health = State.Health?.Status;
  const failed = State.Health?.Log.findLast(({ ExitCode }) => ExitCode !== 0);
  return {
    id,
    name: name.replace(/^\//, ''),
    service,
    // While it restarts, the engine says that it runs, too.
    state: State.Restarting ? 'restarting' : (states.find((state) => state === State.Status) ?? 'dead'),
    health: health === 'healthy' || health === 'unhealthy' || health === 'starting' ? health : 'none',
    exitCode: State.ExitCode,
    outOfMemory: State.OOMKilled,
    error: State.Error,
    restarts: RestartCount,
    startedAt: State.StartedAt,
    finishedAt: State.FinishedAt,
    healthSaid: failed === undefined ? null : shown(failed.Output.trim()),
    lastWords: [],
  };
}

/** @returns the last lines that a container wrote; none where the engine cannot read its log. */
export async function lastWords(docker: Docker, id: string): Promise<string[]> {
  const raw = await askEngine(() =>
    docker.getContainer(id).logs({ follow: false, stdout: true, stderr: true, tail: words }),
  ).catch(() => null);
  if (raw === null) return [];
  const lines: string[] = [];
  splitFrames(
    raw,
    (line) => lines.push(line),
    (line) => lines.push(line),
  );
  return lines.filter((line) => line.trim() !== '').map(shown);
}

/** @returns a line of a log as it may be kept: short, and without what looks like a password that nobody told us of. */
export function shown(line: string): string {
  return line
    .replace(/(\w+:\/\/[^\s:/@]*:)[^\s@]+@/g, '$1[secret]@')
    .replace(/((?:password|passwd|secret|token|api_?key)["']?\s*[=:]\s*)\S+/gi, '$1[secret]')
    .slice(0, longestLine);
}
