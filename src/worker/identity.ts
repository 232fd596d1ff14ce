import { hostname } from 'node:os';
import { buildId } from './package-root.ts';

/** What a worker tells Temporal of itself: shown in the UI beside every step that it ran. */
export interface WorkerIdentity {
  readonly host: string;
  readonly build: string;
  readonly pid: number;
}

/** @returns `kintsugi-worker/<build>/<pid>@<host>` of this process. */
export function ownIdentity(): string {
  return identityHere(buildId(), process.pid);
}

/** @returns what a worker of this host tells Temporal of itself. */
export function identityHere(build: string, pid: number): string {
  return `kintsugi-worker/${build}/${pid}@${hostname()}`;
}

/** @returns the parts of a worker's identity; null if it is no worker of ours. */
export function parseIdentity(identity: string): WorkerIdentity | null {
  const match = /^kintsugi-worker\/([^/]+)\/(\d+)@(.+)$/.exec(identity);
  return match ? { build: match[1] ?? '', pid: Number(match[2]), host: match[3] ?? '' } : null;
}
