import type { Connection } from '@temporalio/client';
import { msToTs, requiredTsToMs } from '@temporalio/common/lib/time.js';

/** The server answers a thousand dates at most, and does not say that there are more: these are 960 hours. */
const spanMs = 40 * 86_400_000;

/** @returns the dates of a schedule by the server's own calendar, which is what counts: from < date <= to. Milliseconds since 1970. */
export async function matchingTimes(
  { workflowService }: Pick<Connection, 'workflowService'>,
  schedule: { readonly namespace: string; readonly scheduleId: string },
  { from, to }: { readonly from: number; readonly to: number },
): Promise<number[]> {
  const found = new Set<number>();
  for (let start = from; start < to; start += spanMs) {
    const end = Math.min(to, start + spanMs);
    const { startTime } = await workflowService.listScheduleMatchingTimes({
      ...schedule,
      startTime: msToTs(start),
      endTime: msToTs(end),
    });
    for (const time of startTime ?? []) found.add(requiredTsToMs(time, 'startTime'));
  }
  return [...found].filter((at) => from < at && at <= to);
}
