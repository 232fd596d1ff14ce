import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { orNull } from '../docker/engine.ts';
import { databaseContainer } from '../docker/stack.ts';

/** The version of the server that a backup was taken from. */
export interface BackupVersion {
  readonly id: string;
  readonly version: string | null;
  readonly number: number | null;
}

/** @returns the major version of the database's image, as its environment says (PG_MAJOR); null where that is not told. */
async function serverMajor(context: WorkerContext, input: StepInput): Promise<number | null> {
  const container = await databaseContainer(context, input).catch((error: unknown) => {
    // Preflight says what is wrong with the stack; a backup can be checked without it.
    if (error instanceof KintsugiError && error.code === 'STACK_MISSING') return null;
    throw error;
  });
  if (container === null) return null;
  const info = await orNull(() => context.docker.getContainer(container.id).inspect());
  const major = info?.Config.Env.map((line) => /^PG_MAJOR=(\d+)/.exec(line)?.[1]).find((found) => found !== undefined);
  return major === undefined ? null : Number(major);
}

/**
 * Refuses a backup that a newer major version made: its archive or its SQL may be beyond what this server understands.
 *
 * @throws KintsugiError BACKUP_NEWER_SERVER
 */
export async function refuseNewerServer(context: WorkerContext, input: StepInput, backup: BackupVersion): Promise<void> {
  if (backup.number === null) return;
  const major = await serverMajor(context, input);
  if (major === null || Math.floor(backup.number / 10_000) <= major) return;
  throw newerServer(backup.id, `is of PostgreSQL ${backup.version}, the server is of version ${major}`);
}

/** @returns the error for a backup that is too new. @param why the end of the sentence that begins with its id. */
export function newerServer(id: string, why: string): KintsugiError {
  return new KintsugiError('BACKUP_NEWER_SERVER', `The backup ${id} ${why}.`, {
    state: 'Nothing was stopped or changed.',
    hints: [
      'run the server with an image of that major version or a newer one',
      'or choose a backup of this version: kintsugi backup list',
    ],
  });
}
