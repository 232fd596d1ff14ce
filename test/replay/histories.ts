import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

/** Folder of the recorded histories, one JSON file each, as Temporal's own tools write them; packed, since the plan is in every step's input. */
export const historyFolder = fileURLToPath(new URL('histories', import.meta.url));

const ending = /\.json(\.gz)?$/;

/** Keeps the history of a run. @param name of its file. */
export async function record(name: string, run: WorkflowHandle): Promise<void> {
  const history = historyToJSON(await run.fetchHistory());
  writeFileSync(path.join(historyFolder, `${name}.json.gz`), gzipSync(JSON.stringify(JSON.parse(history)), { level: 9 }));
  rmSync(path.join(historyFolder, `${name}.json`), { force: true });
}

/** @returns the names of the recorded histories. */
export function historyNames(): string[] {
  return readdirSync(historyFolder)
    .filter((name) => ending.test(name))
    .map((name) => name.replace(ending, ''));
}

/** @returns a recorded history, as JSON has it. */
export function readHistory(name: string): unknown {
  const file = readdirSync(historyFolder).find((each) => each.replace(ending, '') === name && ending.test(each)) ?? '';
  const bytes = readFileSync(path.join(historyFolder, file));
  return JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString());
}
