import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { named } from '../../activities/backups/pick.ts';
import { readHold } from '../../catalog/hold.ts';
import { manifestName } from '../../catalog/layout.ts';
import { listBackups } from '../../catalog/list.ts';
import { readVerifications } from '../../catalog/verification.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { standingOf } from '../../verification/known.ts';
import type { CliContext } from '../context.ts';
import { renderBackup } from '../render/backup.ts';

/** `kintsugi backup show`: what a backup holds, how it was verified, and how to restore it by hand. Reads files only. */
export async function backupShow(context: CliContext, wanted: string): Promise<void> {
  const { plan, backupsFolder, folder } = await context.loadPlan();
  const found = named(await listBackups(backupsFolder), wanted, folder);
  if (found.state !== 'whole') {
    const why =
      found.state === 'broken' ? found.why : 'it has no manifest: kintsugi recover restore --backup reads it when it is named';
    throw new KintsugiError(
      found.state === 'broken' ? 'BACKUP_CORRUPT' : 'INVALID_INPUT',
      `${found.id} can't be shown: ${why}.`,
      {
        hints: ['kintsugi backup list'],
      },
    );
  }
  const [verifications, hold] = await Promise.all([readVerifications(found.path), readHold(found.path)]);
  const { id, path: folderOf, takenAt, bytes, manifest } = found;
  if (context.json) {
    const text = await readFile(path.join(folderOf, manifestName), 'utf8');
    context.answer({
      id,
      path: folderOf,
      takenAt,
      bytes,
      hold,
      verifications,
      ...standingOf(verifications),
      manifest: JSON.parse(text) as unknown,
    });
    return;
  }
  const look = { now: Date.now(), zone: plan.zone, colors: context.screen.colors };
  const server = { user: plan.database.user, service: plan.database.service, project: plan.stack.project };
  for (const line of renderBackup({ path: folderOf, bytes, manifest, verifications, hold }, server, look)) context.say(line);
}
