import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ProcedureRecord } from '../workflows/contract.ts';
import { evidenceFile } from './line.ts';
import { readEvidence } from './read.ts';

/**
 * @param last how many at most.
 * @returns what the last runs of a workflow said of themselves when they had ended, oldest first. A run that was terminated said
 *   nothing, and what can't be read is left out.
 */
export async function readRecords(stateFolder: string, workflowId: string, last: number): Promise<ProcedureRecord[]> {
  const folder = path.dirname(evidenceFile(stateFolder, workflowId, 'any'));
  // Run ids begin with the time.
  const files = (await readdir(folder).catch(() => [])).toSorted().slice(-3 * last);
  const chains = await Promise.all(files.map((file) => readEvidence(path.join(folder, file)).catch(() => null)));
  return chains.flatMap((chain) => recordOf(chain?.lines ?? []) ?? []).slice(-last);
}

function recordOf(
  lines: readonly { readonly activity: string; readonly outcome: string; readonly result?: unknown }[],
): ProcedureRecord | null {
  const line = lines.findLast(({ activity, outcome }) => activity === 'writeReport' && outcome === 'done');
  const record = (line?.result as { record?: ProcedureRecord } | undefined)?.record;
  return Array.isArray(record?.steps) ? record : null;
}
