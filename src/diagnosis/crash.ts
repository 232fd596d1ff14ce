/** Why a container ended, and whether it does so again and again: pure rules on what the engine tells. */
import { milliseconds } from '../plan/units.ts';
import { words } from '../text/time.ts';
import type { ContainerFacts } from './facts.ts';

const signals: Readonly<Record<number, string>> = {
  130: 'SIGINT (Ctrl-C)',
  131: 'SIGQUIT',
  132: 'SIGILL: its program is not made for this processor',
  134: 'SIGABRT: it gave up by itself',
  135: 'SIGBUS: often a full shared memory or disk',
  139: 'SIGSEGV: a fault in its program',
  143: 'SIGTERM: it was asked to stop',
};

/** @returns why a container is not well, for people; what it does if it is. */
export function causeOf(
  container: Pick<ContainerFacts, 'state' | 'health' | 'exitCode' | 'outOfMemory' | 'error' | 'healthSaid'>,
): string {
  const { state, health, exitCode, outOfMemory, error, healthSaid } = container;
  if (state === 'running' && health === 'unhealthy')
    return `its health test fails${healthSaid === null ? '' : `: ${firstLine(healthSaid)}`}`;
  if (state === 'running') return health === 'none' ? 'it runs' : `it runs (${health})`;
  if (state === 'paused') return 'it is paused';
  if (state === 'created') return error === '' ? 'it was made and never started' : `it could not be started: ${firstLine(error)}`;
  const again = state === 'restarting' ? ', restarting' : '';
  if (outOfMemory) return `out of memory: the kernel killed it (exit ${exitCode}${again})`;
  if (error !== '') return `it could not be started: ${firstLine(error)} (exit ${exitCode}${again})`;
  if (exitCode === 0) return `it ended by itself without an error (exit 0${again})`;
  // The engine notes want of memory only for the container's own limit, not for the machine's.
  if (exitCode === 137)
    return `killed with SIGKILL: by a person, by Docker, or by the kernel when the machine had no memory left (exit 137${again})`;
  if (exitCode === 126 || exitCode === 127) return `its command can’t be run (exit ${exitCode}${again})`;
  const signal = signals[exitCode];
  return signal === undefined ? `it ended with exit ${exitCode}${again}` : `ended by ${signal} (exit ${exitCode}${again})`;
}

function firstLine(text: string): string {
  return (text.split('\n')[0] ?? '').slice(0, 200);
}

/** When a service was restarted by Kintsugi. */
export type Restarts = readonly { readonly service: string; readonly at: string }[];

/**
 * Whether a container restarts again and again. Docker tells how often it restarted it, and not when: so the time that it ran the last
 * time is taken for all of them.
 *
 * @param ours restarts by Kintsugi, which Docker's count begins anew with.
 * @returns what is seen, for people; null if it is no loop.
 */
export function loopOf(
  container: Pick<ContainerFacts, 'service' | 'state' | 'restarts' | 'startedAt' | 'finishedAt'>,
  policy: { readonly restarts: number; readonly within: string },
  ours: Restarts,
  now: number,
): string | null {
  const within = milliseconds(policy.within);
  const recent = ours.filter(({ service, at }) => service === container.service && now - Date.parse(at) < within);
  if (recent.length >= policy.restarts)
    return `Kintsugi restarted it ${recent.length} times in the last ${words(within)}, and it is not well again`;
  if (container.restarts < policy.restarts) return null;
  const started = Date.parse(container.startedAt);
  const ended = Date.parse(container.finishedAt);
  // While it is down, its last run is the one from its start to its end; while it runs, nothing is known but that it still does.
  const ran = container.state === 'running' || Number.isNaN(ended) || ended < started ? now - started : ended - started;
  if (ran * policy.restarts >= within) return null;
  return `Docker restarted it ${container.restarts} times; the last time it ran for ${words(ran)}`;
}
