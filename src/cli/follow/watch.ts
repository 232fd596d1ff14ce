import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { CliContext } from '../context.ts';
import { isUnreachable, type Temporal } from '../temporal.ts';
import { createDisplay } from './display.ts';
import { isProgress, type Observation } from './observation.ts';
import { askProgress, observe } from './observe.ts';

/** How often Temporal is asked. The elapsed time on the screen runs by itself. */
const every = 1_000;

/** How a watched run ended, or `left` when the person pressed Ctrl-C: then it goes on. */
export type Watched =
  | { readonly end: 'left'; readonly seen: Observation | null }
  | { readonly end: 'completed'; readonly seen: Observation; readonly result: unknown }
  | { readonly end: 'failed'; readonly seen: Observation; readonly error: unknown };

/**
 * Shows a run until it ends. A worker or a Temporal that is away is said, and waited for: the run goes on when they are back.
 *
 * @param zone IANA time zone for times of day.
 */
export async function watch(context: CliContext, temporal: Temporal, handle: WorkflowHandle, zone: string): Promise<Watched> {
  const leave = new AbortController();
  const onInterrupt = () => leave.abort();
  // Not `once`: log-update's own handler ends the process when it finds itself alone with the signal.
  process.on('SIGINT', onInterrupt);
  const display = createDisplay(context, zone);
  let seen: Observation | undefined;
  try {
    while (!leave.signal.aborted) {
      seen = await observe(temporal, handle, seen);
      const end = seen.status === 'RUNNING' ? null : await ended(temporal, handle, seen, display.last);
      if (end !== null) return end;
      if (seen.status !== 'RUNNING') seen = { ...seen, trouble: 'temporal' };
      display.show(seen);
      await sleep(every, undefined, { signal: leave.signal }).catch(() => undefined);
    }
    return { end: 'left', seen: seen ?? null };
  } finally {
    process.off('SIGINT', onInterrupt);
    display.close();
  }
}

/** @returns how a closed run ended; null when Temporal went away before it told. */
async function ended(
  temporal: Temporal,
  handle: WorkflowHandle,
  seen: Observation,
  show: (seen: Observation) => void,
): Promise<Watched | null> {
  try {
    const result: unknown = await handle.result();
    show({ ...seen, progress: isProgress(result) ? result : seen.progress });
    return { end: 'completed', seen, result };
  } catch (error) {
    if (isUnreachable(error)) return null;
    // The last look may be older than the failure: its step would be shown as running for ever.
    const last = { ...seen, progress: (await askProgress(temporal, handle).catch(() => null)) ?? seen.progress };
    show(last);
    return { end: 'failed', seen: last, error };
  }
}
