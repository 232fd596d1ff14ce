import { setTimeout as delay } from 'node:timers/promises';
import type Docker from 'dockerode';
import { passesHealthTest } from './health-test.ts';
import { type StackContainer, stackContainer } from './stack.ts';

export interface UpWatch {
  readonly signal: AbortSignal;
  /** How long it may take, in milliseconds, from the last sign of progress. */
  readonly withinMs: number;
  /** So many restarts by Docker while it is watched are a loop; never, if missing. */
  readonly loopAt?: number;
  /** Without a health test, nothing but time tells: so long it must have run, in milliseconds. */
  readonly settleMs?: number;
  /** A text that changes as long as there is progress that only needs time: the clock begins anew then. */
  readonly progress?: () => Promise<string | null>;
}

/** Looks at a container that neither runs nor restarts, one after the other, until it is said to have ended for good. */
const forGood = 12;

export type Upness =
  | { readonly up: true }
  | { readonly up: false; readonly state: string; readonly container: StackContainer; readonly looping: boolean };

/**
 * Waits until a container is healthy, or just runs if it has no health check. Docker asks for the first time when the check's
 * interval is over, half a minute by default; its own test is run here meanwhile, and one success counts, as it does for Docker.
 *
 * @returns at once when it loops or has ended for good; a container that is gone counts as up, since nobody waits for it.
 */
export async function awaitUp(docker: Docker, id: string, watch: UpWatch): Promise<Upness> {
  const { signal, withinMs, loopAt = Number.POSITIVE_INFINITY, settleMs = 0, progress } = watch;
  let deadline = Date.now() + withinMs;
  let seen: string | null = null;
  let first: number | undefined;
  let stopped = 0;
  for (;;) {
    const container = await stackContainer(docker, id);
    if (container === null) return { up: true };
    const ran = container.running ? Date.now() - Date.parse(container.startedAt) : 0;
    if (container.running && (container.health === 'healthy' || (container.health === 'none' && ran >= settleMs)))
      return { up: true };
    first ??= container.restarts;
    const state = stateOf(container);
    const looping = container.restarts - first >= loopAt || (container.restarting && container.restarts >= loopAt);
    stopped = container.running || container.restarting ? 0 : stopped + 1;
    if (looping || (loopAt < Number.POSITIVE_INFINITY && stopped >= forGood)) return { up: false, state, container, looping };
    const asked = Date.now();
    if (container.running && (await passesHealthTest(docker, id, signal))) return { up: true };
    const now = (await progress?.()) ?? null;
    if (now !== null && now !== seen) deadline = Date.now() + withinMs;
    seen = now ?? seen;
    if (Date.now() > deadline) return { up: false, state, container, looping };
    // Never more than a third of the time: the test takes from the processor that the service needs to start.
    await delay(Math.max(250, 2 * (Date.now() - asked)), undefined, { signal });
  }
}

function stateOf({ running, restarting, health, exitCode }: StackContainer): string {
  if (running) return health;
  return restarting ? `restarting (exit ${exitCode})` : `stopped (exit ${exitCode})`;
}
