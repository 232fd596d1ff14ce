/** When a disk is too full: pure rules on what a look at the disks found. */
import { byteCount } from '../plan/units.ts';
import type { DiskFacts } from './facts.ts';

/** Less than this, and nothing works: PostgreSQL cannot begin another file of WAL (16 MB), Docker cannot start a container. */
const leastBytes = 20 * 2 ** 20;

/** @returns how many bytes are to be free on a disk: what the plan wants, and on a small disk a tenth of it; never so few that it is full. */
export function enoughFree({ totalBytes }: Pick<DiskFacts, 'totalBytes'>, wanted: string): number {
  return Math.max(leastBytes, Math.min(byteCount(wanted), Math.floor(totalBytes / 10)));
}

/** @returns whether a disk has less free than it is to have. */
export function isShort(disk: Pick<DiskFacts, 'totalBytes' | 'freeBytes'>, wanted: string): boolean {
  return disk.freeBytes < enoughFree(disk, wanted);
}

/** @returns whether a disk is so full that what is on it stops. */
export function isFull({ freeBytes }: Pick<DiskFacts, 'freeBytes'>): boolean {
  return freeBytes < leastBytes;
}

/** @returns how full a disk is, 0 to 100. */
export function percentUsed({ totalBytes, freeBytes }: Pick<DiskFacts, 'totalBytes' | 'freeBytes'>): number {
  return totalBytes === 0 ? 0 : Math.round(100 * (1 - freeBytes / totalBytes));
}

/** @returns a disk for people: `the disk of the database and Docker (/var/lib/docker)`. */
export function nameDisk({ of, path }: Pick<DiskFacts, 'of' | 'path'>): string {
  const last = of.at(-1) ?? '';
  return `the disk of ${of.length > 1 ? `${of.slice(0, -1).join(', ')} and ${last}` : last} (${path})`;
}
