import type { Connection } from '@temporalio/client';
import { msToTs, requiredTsToMs } from '@temporalio/common/lib/time.js';

/** The server answers so many dates at most, the first of them, and does not say that there are more. */
const mostDates = 1_000;

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
  for (let start = from - jitterMs; ; ) {
    const { startTime } = await workflowService.listScheduleMatchingTimes({
      ...schedule,
      startTime: msToTs(start),
      endTime: msToTs(to),
    });
    const dates = (startTime ?? []).map((time) => requiredTsToMs(time, 'startTime'));
    for (const date of dates) found.add(date);
    if (dates.length < mostDates) break;
    const last = Math.max(...dates);
    // Those that the jitter put before others come once more.
    start = last - jitterMs > start ? last - jitterMs : last;
  }
  return [...found].filter((at) => from < at && at <= to);
}
