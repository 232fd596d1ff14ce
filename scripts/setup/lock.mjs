// @ts-check
/**
 * One set-up at a time on a checkout. The lock is a folder with its owner's process id in it. It appears whole, by a
 * rename, so nobody ever sees one without an owner. The lock of a process that is gone is taken over.
 */
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setUpLockFolder, shown, stateFolder } from './paths.mjs';
import { SetUpProblem } from './problem.mjs';

const longestWait = 30 * 60_000;
const takeOverFolder = `${setUpLockFolder}.takeover`;

/**
 * When a process began, in ticks since the machine did: tells a process from a later one with the same id.
 * @param {number} pid
 */
const beginning = (pid) => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? '';
  } catch {
    return '';
  }
};

const readOwner = () => {
  try {
    const [pid = '', began = ''] = readFileSync(join(setUpLockFolder, 'owner'), 'utf8').trim().split(' ');
    return { pid: Number(pid), began };
  } catch {
    return undefined;
  }
};

/** @param {{ pid: number, began: string }} owner */
const isAlive = ({ pid, began }) => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ESRCH') return false;
  }
  return beginning(pid) === began;
};

const tryToTake = () => {
  const own = mkdtempSync(join(stateFolder, 'setup.lock-'));
  writeFileSync(join(own, 'owner'), `${process.pid} ${beginning(process.pid)}`);
  try {
    renameSync(own, setUpLockFolder);
    return true;
  } catch {
    rmSync(own, { recursive: true, force: true });
    return false;
  }
};

/** Removes the lock of a process that is gone. Only one waiter at a time may, or it could remove the next owner's. */
const removeStale = () => {
  try {
    mkdirSync(takeOverFolder);
  } catch {
    const age = Date.now() - (statSync(takeOverFolder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (age > 10_000) rmSync(takeOverFolder, { recursive: true, force: true });
    return;
  }
  const owner = readOwner();
  if (owner && !isAlive(owner)) rmSync(setUpLockFolder, { recursive: true, force: true });
  rmSync(takeOverFolder, { recursive: true, force: true });
};

/**
 * Runs `act` alone; waits for whoever is at it.
 * @template T
 * @param {(line: string) => void} say
 * @param {() => Promise<T>} act
 * @returns {Promise<T>}
 */
export const withLock = async (say, act) => {
  mkdirSync(stateFolder, { recursive: true });
  const until = Date.now() + longestWait;
  let isSaid = false;
  while (!tryToTake()) {
    const owner = readOwner();
    if (owner && !isAlive(owner)) removeStale();
    else if (owner && !isSaid) {
      say(`Another set-up is running (process ${owner.pid}); waiting for it.`);
      isSaid = true;
    }
    if (Date.now() > until) {
      throw new SetUpProblem('SETUP_LOCKED', `process ${owner?.pid} has been setting up for 30 minutes.`, {
        state: 'This run has changed nothing.',
        next: [
          `see what it does in the log; if it hangs, end it (kill ${owner?.pid}) and run this again`,
          `its lock is the folder ${shown(setUpLockFolder)}`,
        ],
      });
    }
    await sleep(200);
  }
  const release = () => rmSync(setUpLockFolder, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await act();
  } finally {
    process.off('exit', release);
    release();
  }
};
