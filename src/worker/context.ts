import { resolve } from 'node:path';
import Docker from 'dockerode';
import type { WorkerContext } from '../activities/context.ts';
import type { Redactor } from '../evidence/redact.ts';
import type { LoadedPlan } from '../plan/load.ts';
import { readSecret } from '../plan/secret.ts';
import { Attempts } from './attempts.ts';

/** @returns what the activities work with. Every secret that it hands out is made known to the redactor first. */
export function createContext(loaded: LoadedPlan, redactor: Redactor, attempts = new Attempts()): WorkerContext {
  const folders = { plan: loaded.folder, stack: resolve(loaded.folder, loaded.plan.stack.folder) };
  return {
    docker: new Docker(),
    planPath: loaded.path,
    planFolder: loaded.folder,
    stateFolder: loaded.stateFolder,
    atWork: () => attempts.atWork(),
    withoutSecrets: <T>(value: T) => redactor.value(value) as T,
    async secret(reference) {
      const value = await readSecret(reference, folders);
      redactor.add(value);
      return value;
    },
    redact: <T>(value: T) => redactor.value(value) as T,
  };
}
