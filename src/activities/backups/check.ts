import path from 'node:path';
import type { BackupFacts } from '../../catalog/facts.ts';
import { recogniseBackup } from '../../catalog/foreign.ts';
import { isBackupId } from '../../catalog/ids.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { checkForeign } from './check-foreign.ts';
import { checkOurs } from './check-ours.ts';

/**
 * Checks a backup from its beginning to its end, without restoring it.
 *
 * @param input.path absolute path of a backup's folder or file, ours or not.
 * @throws KintsugiError BACKUP_MISSING, BACKUP_EMPTY, BACKUP_TRUNCATED, BACKUP_CORRUPT, BACKUP_UNREADABLE, BACKUP_KEY,
 * BACKUP_NEWER_SERVER, and of what the check needs: SECRET_MISSING, TOOL_MISSING, STACK_MISSING, IO.
 */
export async function checkBackup(context: WorkerContext, input: StepInput & { readonly path: string }): Promise<BackupFacts> {
  const found = await recogniseBackup(input.path).catch((error: unknown) => {
    // Named as one of ours: that it lost its manifest is the fault to tell.
    const isOurs = isBackupId(path.basename(input.path)) && error instanceof KintsugiError && error.code === 'BACKUP_UNREADABLE';
    if (isOurs) return { kind: 'kintsugi', path: input.path } as const;
    throw error;
  });
  return found.kind === 'kintsugi' ? checkOurs(context, input, found.path) : checkForeign(context, input, found);
}
