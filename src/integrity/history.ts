import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { appendJsonLine, parseJsonLines } from '../catalog/json-lines.ts';
import type { CheckRun } from './trend.ts';

/** @returns where the results of the checks are kept, a line for each run: they outlive Temporal's retention. */
function historyFile(stateFolder: string): string {
  return path.join(stateFolder, 'integrity.jsonl');
}

/** @returns the runs of a database, oldest first. A line that a killed worker left half-written is left out. */
export async function readHistory(stateFolder: string, database: string): Promise<CheckRun[]> {
  const text = await readFile(historyFile(stateFolder), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return parseJsonLines(text, (value) => value as CheckRun).filter((run) => run.database === database);
}

/** Adds a run. A run that is there already (its activity was done, and Temporal was not told) is not added twice. */
export async function addToHistory(stateFolder: string, run: CheckRun): Promise<void> {
  const runs = await readHistory(stateFolder, run.database);
  if (runs.some(({ at }) => at === run.at)) return;
  await mkdir(stateFolder, { recursive: true, mode: 0o750 });
  await appendJsonLine(historyFile(stateFolder), run, 0o640);
}
