/**
 * What ran before a recovery stopped it is written down outside Temporal and the worker's memory: a recovery that is terminated
 * runs no clean-up, and nothing else would know what to start again.
 */
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { flush, writeDurably } from '../../catalog/durable.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import type { ServicesToRestart } from '../docker/services.ts';

/** One file `<state>/stopped/<run id>.json`; it is there from before the first stop until all run again. */
export interface ServiceRecord {
  readonly workflowId: string;
  readonly runId: string;
  readonly at: string;
  readonly services: ServicesToRestart;
}

function folderOf(context: Pick<WorkerContext, 'stateFolder'>): string {
  return path.join(context.stateFolder, 'stopped');
}

/** Writes down what a run is about to stop. Written already, it stays as it is: a retry must not record what is stopped by now. */
export async function rememberServices(context: WorkerContext, input: StepInput, services: ServicesToRestart): Promise<void> {
  const folder = folderOf(context);
  const file = path.join(folder, `${input.runId}.json`);
  await mkdir(folder, { recursive: true, mode: 0o750 });
  const record: ServiceRecord = {
    workflowId: input.workflowId,
    runId: input.runId,
    at: new Date().toISOString(),
    services,
  };
  await writeDurably(`${file}.new`, `${JSON.stringify(record, null, 2)}\n`);
  await rename(`${file}.new`, file);
  await flush(folder);
}

/** Forgets what runs had stopped: all of it runs again. */
export async function forgetServices(context: WorkerContext, runIds: readonly string[]): Promise<void> {
  for (const runId of runIds) await rm(path.join(folderOf(context), `${runId}.json`), { force: true });
}

/** @returns what runs stopped and did not start again (yet), oldest first. A file that cannot be read is passed over. */
export async function serviceRecords(context: Pick<WorkerContext, 'stateFolder'>): Promise<ServiceRecord[]> {
  const names = await readdir(folderOf(context)).catch(() => []);
  const records = await Promise.all(
    names
      .filter((name) => name.endsWith('.json'))
      .map((name) =>
        readFile(path.join(folderOf(context), name), 'utf8').then((text) => JSON.parse(text) as ServiceRecord, nothing),
      ),
  );
  return records.filter((record) => record !== null).sort((a, b) => a.at.localeCompare(b.at));
}

function nothing(): null {
  return null;
}
