import { join } from 'node:path';

/** Where the background processes keep what they are known by, in the plan's state folder. */
export function stateFiles(stateFolder: string) {
  return {
    worker: join(stateFolder, 'worker.json'),
    workerLog: join(stateFolder, 'worker.log'),
    temporal: join(stateFolder, 'temporal.json'),
    temporalLog: join(stateFolder, 'temporal.log'),
    temporalDatabase: join(stateFolder, 'temporal.db'),
    standInDatabase: join(stateFolder, 'stand-in.db'),
    upLock: join(stateFolder, 'up.lock'),
  } as const;
}
