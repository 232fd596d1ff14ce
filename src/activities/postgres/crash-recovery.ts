import type Docker from 'dockerode';
import { orNull } from '../docker/engine.ts';
import { splitFrames } from '../docker/job.ts';

/** What a server's log tells of its recovery after a crash. */
export interface CrashRecovery {
  /** `0/15D4F28`; null until it begins. */
  readonly redoFrom: string | null;
  readonly redoTo: string | null;
  /** The last line that tells how far it is. */
  readonly progress: string | null;
  readonly done: boolean;
}

/** @returns what a log tells of the last recovery after a crash; null if there was none. */
export function crashRecoveryIn(lines: readonly string[]): CrashRecovery | null {
  const begins = lines.findLastIndex((line) => /automatic recovery in progress|database system was interrupted/.test(line));
  if (begins < 0) return null;
  const since = lines.slice(begins);
  const found = (pattern: RegExp) =>
    since.map((line) => pattern.exec(line)?.[1]).findLast((match) => match !== undefined) ?? null;
  return {
    redoFrom: found(/redo starts at (\S+)/),
    redoTo: found(/redo done at (\S+)/),
    progress: found(/LOG:\s+((?:redo in progress|syncing data directory|resetting unlogged relations).*)$/),
    done: since.some((line) => /ready to accept connections/.test(line)),
  };
}

const tail = 200;

/** @returns the end of a container's log; none if it is gone. */
async function logTail(docker: Docker, id: string): Promise<string[]> {
  const raw = await orNull(() => docker.getContainer(id).logs({ follow: false, stdout: true, stderr: true, tail }));
  const lines: string[] = [];
  if (raw !== null)
    splitFrames(
      raw,
      (line) => lines.push(line),
      (line) => lines.push(line),
    );
  return lines;
}

/**
 * @returns a text that changes as long as the server of a container works on its recovery after a crash: the file of WAL that its
 *   startup process is at, and what its log says. Null when it does not recover.
 */
export async function recoveryProgress(docker: Docker, id: string): Promise<string | null> {
  const [lines, titles] = await Promise.all([logTail(docker, id), processTitles(docker, id)]);
  const startup = titles.find((title) => /postgres.*\bstartup\b/.test(title));
  if (startup === undefined) return null;
  const { progress, redoFrom } = crashRecoveryIn(lines) ?? { progress: null, redoFrom: null };
  const file = /recovering (\S+)/.exec(startup)?.[1];
  return [file && `at ${file}`, progress ?? (redoFrom && `redo from ${redoFrom}`)].filter(Boolean).join(', ') || 'it begins';
}

/** @returns what the log of a container tells of its recovery after a crash; null if there was none. */
export async function readCrashRecovery(docker: Docker, id: string): Promise<CrashRecovery | null> {
  return crashRecoveryIn(await logTail(docker, id));
}

/** A container that just ended, or the engine on a system without ps, tells none. */
async function processTitles(docker: Docker, id: string): Promise<string[]> {
  try {
    const { Processes } = (await docker.getContainer(id).top({ ps_args: '-eo pid,args' })) as { Processes?: string[][] };
    return (Processes ?? []).map((row) => row.slice(1).join(' '));
  } catch {
    return [];
  }
}
