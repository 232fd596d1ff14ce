import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessRecord, processIdentity } from './process-identity.ts';

/** A log that has grown beyond this is set aside (once) when its process is started again. */
const longestLog = 20 * 1024 * 1024;

export interface BackgroundProgram {
  readonly command: string;
  readonly arguments: readonly string[];
  /** Where its standard output and error go, appended. */
  readonly log: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly folder?: string;
}

/**
 * Starts a program that outlives this process and its terminal (a session of its own).
 *
 * @throws Error when the program can't be started at all.
 */
export async function startInBackground(program: BackgroundProgram): Promise<ProcessRecord> {
  mkdirSync(dirname(program.log), { recursive: true });
  if ((statSync(program.log, { throwIfNoEntry: false })?.size ?? 0) > longestLog) renameSync(program.log, `${program.log}.old`);
  const log = openSync(program.log, 'a', 0o640);
  try {
    const child = spawn(program.command, [...program.arguments], {
      detached: true,
      stdio: ['ignore', log, log],
      ...(program.environment ? { env: program.environment } : {}),
      ...(program.folder ? { cwd: program.folder } : {}),
    });
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    const pid = child.pid ?? 0;
    // An identity that nothing has: the program ended before it could be looked at.
    return { pid, identity: processIdentity(pid) ?? 'ended' };
  } finally {
    closeSync(log);
  }
}

export type Stopped = 'stopped' | 'killed' | 'was not running';

/**
 * Asks the very process of the record to end, and ends it by force after `withinMs`. Another process that got its number
 * is never touched.
 */
export async function stopInBackground(record: ProcessRecord, withinMs: number): Promise<Stopped> {
  if (!isRunning(record)) return 'was not running';
  signal(record, 'SIGTERM');
  if (await ended(record, withinMs)) return 'stopped';
  signal(record, 'SIGKILL');
  await ended(record, 5_000);
  return 'killed';
}

async function ended(record: ProcessRecord, withinMs: number): Promise<boolean> {
  for (const until = Date.now() + withinMs; Date.now() < until; await sleep(50)) {
    if (!isRunning(record)) return true;
  }
  return !isRunning(record);
}

function signal(record: ProcessRecord, name: NodeJS.Signals): void {
  try {
    if (isRunning(record)) process.kill(record.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** @returns the last lines of a log, for a message about a process that did not come up. */
export async function lastLines(log: string, count = 5): Promise<string> {
  const text = await readFile(log, 'utf8').catch(() => '');
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
