import { KintsugiError } from '../errors/kintsugi-error.ts';
import { buildId } from './package-root.ts';
import { type ProcessFile, readRecord, readRunning, removeProcessFile, writeProcessFile } from './process-file.ts';
import { processIdentity } from './process-identity.ts';
import { stateFiles } from './state-files.ts';

/**
 * Makes this process the worker of a state folder: evidence files have one writer at a time.
 *
 * @returns what gives the place free again, and the worker that held it before and was killed; null if there was none.
 * @throws KintsugiError ALREADY_RUNNING when another worker holds it.
 */
export function becomeWorker(stateFolder: string): { leave: () => void; killed: ProcessFile | null } {
  const files = stateFiles(stateFolder);
  const other = readRunning(files.worker);
  if (other !== null && other.pid !== process.pid) {
    throw new KintsugiError(
      'ALREADY_RUNNING',
      `A worker of this plan runs already (process ${other.pid}, build ${other.build}).`,
      {
        state: 'It goes on; this one did nothing.',
        hints: ['kintsugi up', 'kintsugi down'],
      },
    );
  }
  // One that ended by itself took its file away.
  const killed = readRecord(files.worker);
  const record: ProcessFile = {
    pid: process.pid,
    identity: processIdentity(process.pid) ?? 'unknown',
    startedAt: new Date().toISOString(),
    log: files.workerLog,
    build: buildId(),
  };
  writeProcessFile(files.worker, record);
  return { leave: () => removeProcessFile(files.worker, process.pid), killed };
}
