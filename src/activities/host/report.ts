import { mkdir, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { RestoreResult } from '../../workflows/contract.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import type { StepInput, WorkerContext } from '../context.ts';

/** Writes the result of a recovery outside Temporal too, whose retention ends: `<state>/reports/<workflow>-<run>.json`. */
export async function writeReport(
  context: WorkerContext,
  input: StepInput & { result: RestoreResult },
): Promise<{ path: string }> {
  const folder = path.join(context.stateFolder, 'reports');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const file = path.join(folder, `${input.workflowId}-${shortRunId(input.runId)}.json`);
  await writeFile(`${file}.partial`, `${JSON.stringify(input.result, null, 2)}\n`, { mode: 0o600 });
  await rename(`${file}.partial`, file);
  return { path: file };
}
