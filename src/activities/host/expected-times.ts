import { readRecords } from '../../evidence/records.ts';
import type { WorkerContext } from '../context.ts';

/** How many earlier runs are looked at. */
const runs = 5;

/**
 * @returns the median of how long each step took in the last runs of a procedure that ended well, in milliseconds by the step's
 *   name; empty when there were none. What can't be read is left out.
 */
export async function expectedTimes(
  context: WorkerContext,
  { workflowId }: { readonly workflowId: string },
): Promise<Record<string, number>> {
  const records = (await readRecords(context.stateFolder, workflowId, runs)).filter(({ failure }) => failure === null);
  const times = new Map<string, number[]>();
  for (const { name, state, startedAt, endedAt } of records.flatMap(({ steps }) => steps)) {
    if (state !== 'done' || startedAt === undefined || endedAt === undefined) continue;
    times.set(name, [...(times.get(name) ?? []), Date.parse(endedAt) - Date.parse(startedAt)]);
  }
  return Object.fromEntries([...times].map(([name, each]) => [name, median(each)]));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
