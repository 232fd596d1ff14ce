import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { evidenceFile } from '../../evidence/line.ts';
import { readEvidence } from '../../evidence/read.ts';
import type { ProcedureRecord } from '../../workflows/contract.ts';
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
  const folder = path.dirname(evidenceFile(context.stateFolder, workflowId, 'any'));
  // Run ids begin with the time.
  const files = (await readdir(folder).catch(() => [])).toSorted().slice(-3 * runs);
  const chains = await Promise.all(files.map((file) => readEvidence(path.join(folder, file)).catch(() => null)));
  const records = chains.flatMap((chain) => recordOf(chain?.lines ?? []) ?? []).slice(-runs);
  const times = new Map<string, number[]>();
  for (const { name, state, startedAt, endedAt } of records.flatMap(({ steps }) => steps)) {
    if (state !== 'done' || startedAt === undefined || endedAt === undefined) continue;
    times.set(name, [...(times.get(name) ?? []), Date.parse(endedAt) - Date.parse(startedAt)]);
  }
  return Object.fromEntries([...times].map(([name, each]) => [name, median(each)]));
}

function recordOf(
  lines: readonly { readonly activity: string; readonly outcome: string; readonly result?: unknown }[],
): ProcedureRecord | null {
  const line = lines.findLast(({ activity, outcome }) => activity === 'writeReport' && outcome === 'done');
  const record = (line?.result as { record?: ProcedureRecord } | undefined)?.record;
  return record?.failure === null && Array.isArray(record.steps) ? record : null;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
