import type { Connection } from '@temporalio/client';
import { msToTs, requiredTsToMs } from '@temporalio/common/lib/time.js';

/** The server answers a thousand dates at most, and does not say that there are more: these are 960 hours. */
const spanMs = 40 * 86_400_000;

/**
 * @param jitterMs of the schedule: a date is where the jitter has put it, but the server begins to look at the time before jitter, and would leave
 *   out one that is on the two sides of `from`.
 * @returns the dates of a schedule by the server's own calendar, which is what counts: from < date <= to. Milliseconds since 1970.
 */
export async function matchingTimes(
  { workflowService }: Pick<Connection, 'workflowService'>,
  schedule: { readonly namespace: string; readonly scheduleId: string },
  { from, to }: { readonly from: number; readonly to: number },
  jitterMs = 0,
): Promise<number[]> {
  const found = new Set<number>();
  for (let start = from; start < to; start += spanMs) {
    const end = Math.min(to, start + spanMs);
    const { startTime } = await workflowService.listScheduleMatchingTimes({
      ...schedule,
      startTime: msToTs(start - jitterMs),
      endTime: msToTs(end),
    });
    for (const time of startTime ?? []) found.add(requiredTsToMs(time, 'startTime'));
  }
  return [...found].filter((at) => from < at && at <= to);
}
