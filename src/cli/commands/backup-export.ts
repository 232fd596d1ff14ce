import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { exportBackup } from '../../activities/backups/export.ts';
import { named } from '../../activities/backups/pick.ts';
import { listBackups } from '../../catalog/list.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { createRedactor } from '../../evidence/redact.ts';
import { createContext } from '../../worker/context.ts';
import type { CliContext } from '../context.ts';
import { rate } from '../render/checklist.ts';

export interface BackupExportOptions {
  readonly to: string;
  readonly decrypt?: boolean;
}

/** `kintsugi backup export`: copies a backup whole, and checks the copy. Needs neither Temporal nor the database. */
export async function backupExport(context: CliContext, wanted: string, { to, decrypt }: BackupExportOptions): Promise<void> {
  const loaded = await context.loadPlan();
  const found = named(await listBackups(loaded.backupsFolder), wanted, loaded.folder);
  if (found.state !== 'whole')
    throw new KintsugiError('INVALID_INPUT', `${found.id} is no sound backup of Kintsugi's: it can't be exported.`, {
      state: 'Nothing was copied.',
      hints: ['kintsugi backup list'],
    });
  const leave = new AbortController();
  const onInterrupt = () =>
    leave.abort(new KintsugiError('CANCELLED', 'The export was interrupted.', { state: 'The unfinished copy is left out.' }));
  process.once('SIGINT', onInterrupt);
  try {
    const copied = await exportBackup(createContext(loaded, createRedactor()), {
      plan: loaded.plan,
      backup: { id: found.id, path: found.path, manifest: found.manifest },
      to: path.resolve(to),
      decrypt: decrypt === true,
      reader: { workflowId: 'kintsugi backup export', runId: randomBytes(8).toString('hex') },
      signal: leave.signal,
    });
    context.answer({ type: 'export', id: found.id, ...copied });
    context.say(
      `${context.screen.colors.green('✔')} ${found.id} is copied to ${copied.path}: ${copied.files} files, ${rate(copied.bytes)}, every checksum is right${decrypt === true ? '; it is NOT encrypted' : ''}`,
    );
  } finally {
    process.off('SIGINT', onInterrupt);
  }
}
