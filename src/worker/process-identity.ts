import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** A process that we started, so that it is never taken for a later one with the same number. */
export interface ProcessRecord {
  readonly pid: number;
  /** From `processIdentity`. */
  readonly identity: string;
}

/**
 * @returns what tells a running process from every other that ever had or will have its number: the boot of the machine
 *   and the instant of its start, both from the kernel; null if no such process runs (one that ended and was not
 *   collected by its parent does not run).
 */
export function processIdentity(pid: number): string | null {
  if (!Number.isInteger(pid) || pid <= 0) return null;
  return process.platform === 'linux' ? linuxIdentity(pid) : portableIdentity(pid);
}

/** @returns whether the very process of the record still runs. */
export function isRunning(record: ProcessRecord): boolean {
  return processIdentity(record.pid) === record.identity;
}

/**
 * @returns state and start (clock ticks since boot) from the text of /proc/<pid>/stat; null if it is not such a text.
 *   The second field is the program's name in brackets, and may itself hold brackets and spaces.
 */
function parseStat(text: string): { state: string; startTicks: string } | null {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  return state && startTicks && /^\d+$/.test(startTicks) ? { state, startTicks } : null;
}

function linuxIdentity(pid: number): string | null {
  try {
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
    if (stat === null || stat.state === 'Z' || stat.state === 'X') return null;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${stat.startTicks}`;
  } catch {
    return null;
  }
}

function portableIdentity(pid: number): string | null {
  try {
    const start = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return start.trim() || null;
  } catch {
    return null;
  }
}
