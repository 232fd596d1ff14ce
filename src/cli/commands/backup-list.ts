import { listBackups } from '../../catalog/list.ts';
import type { CliContext } from '../context.ts';
import { renderBackups } from '../render/backups.ts';

/** `kintsugi backup list`: what the backups folder holds. Reads files only, so it works when everything else is down. */
export async function backupList(context: CliContext): Promise<void> {
  const { plan, backupsFolder } = await context.loadPlan();
  const entries = await listBackups(backupsFolder);
  context.answer(
    entries.map(({ id, path, fault, manifest }) => ({
      id,
      path,
      fault,
      takenAt: manifest?.takenAt ?? null,
      database: manifest?.database.name ?? null,
      bytes: manifest?.files.reduce((sum, file) => sum + file.bytes, 0) ?? null,
      reason: manifest?.takenBy.reason ?? null,
    })),
  );
  const look = { now: Date.now(), zone: plan.zone, colors: context.screen.colors };
  for (const line of renderBackups(entries, backupsFolder, look)) context.say(line);
}
