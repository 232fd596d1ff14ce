import { cancellationSignal, heartbeat } from '@temporalio/activity';
import type { StepHeartbeat } from '../../workflows/contract.ts';

/**
 * Runs `work` and heartbeats once a second, so that a dead worker is noticed and a cancellation arrives.
 *
 * @param details asked at each beat. @throws the cancellation, when there is one, whatever `work` threw because of it.
 */
export async function beating<T>(details: () => StepHeartbeat, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = cancellationSignal();
  const timer = setInterval(() => heartbeat(details()), 1000);
  try {
    return await work(signal);
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearInterval(timer);
  }
}

/** @returns a size for people, such as `41.3 MB`. */
export function megabytes(bytes: number): string {
  return bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} GB` : `${(bytes / 2 ** 20).toFixed(1)} MB`;
}
