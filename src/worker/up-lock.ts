import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { KintsugiError } from '../errors/kintsugi-error.ts';
import { isRunning, type ProcessRecord, processIdentity } from './process-identity.ts';
import { stateFiles } from './state-files.ts';

/** Longer than any `kintsugi up` takes, so whoever waits longer waits for one that hangs. */
const longestWait = 150_000;

/**
 * Runs `act` while no other `kintsugi up` or `down` works on the same state folder: two at once would start two workers.
 * The lock of a process that is gone is taken over.
 *
 * @throws KintsugiError IO when the other one does not end.
 */
export async function withUpLock<T>(stateFolder: string, act: () => Promise<T>): Promise<T> {
  mkdirSync(stateFolder, { recursive: true });
  const lock = stateFiles(stateFolder).upLock;
  for (const until = Date.now() + longestWait; !take(lock); await sleep(100)) {
    if (Date.now() > until) {
      throw new KintsugiError('IO', `Another kintsugi holds ${lock} and does not end (process ${holder(lock)?.pid}).`, {
        state: 'Nothing was started or stopped.',
        hints: ['end that process, then: kintsugi up'],
      });
    }
  }
  try {
    return await act();
  } finally {
    rmSync(lock, { force: true });
  }
}

/** The file appears whole, by a link, so that nobody ever reads one without its owner. */
function take(lock: string): boolean {
  const own = `${lock}.${process.pid}`;
  const record: ProcessRecord = { pid: process.pid, identity: processIdentity(process.pid) ?? 'unknown' };
  writeFileSync(own, JSON.stringify(record));
  try {
    linkSync(own, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const other = holder(lock);
    // Moved away first: only one of several that wait gets the move, and only its move removes anything.
    if (other !== null && !isRunning(other)) moveAway(lock, other);
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function moveAway(lock: string, stale: ProcessRecord): void {
  const aside = `${lock}.stale.${stale.pid}`;
  try {
    renameSync(lock, aside);
    rmSync(aside, { force: true });
  } catch {
    // Another one that waits was quicker.
  }
}

function holder(lock: string): ProcessRecord | null {
  try {
    return JSON.parse(readFileSync(lock, 'utf8')) as ProcessRecord;
  } catch {
    return null;
  }
}
