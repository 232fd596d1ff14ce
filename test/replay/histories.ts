import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

/** Folder of the recorded histories, one JSON file each, as Temporal's own tools write them. */
export const historyFolder = fileURLToPath(new URL('histories', import.meta.url));

/** Keeps the history of a run. @param name of its file. */
export async function record(name: string, run: WorkflowHandle): Promise<void> {
  const history = historyToJSON(await run.fetchHistory());
  writeFileSync(path.join(historyFolder, `${name}.json`), `${JSON.stringify(JSON.parse(history))}\n`);
}
