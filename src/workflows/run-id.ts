/**
 * @returns eight hexadecimal digits that tell a run from others, for names that people read.
 * @param runId run ids are UUIDs of version 7: they begin with the time, so runs of one minute begin alike; their end is random.
 */
export function shortRunId(runId: string): string {
  return runId.slice(-8);
}
