import { listBackups } from '../../catalog/list.ts';
import type { CliContext } from '../context.ts';
import { renderBackups } from '../render/backups.ts';

/** `kintsugi backup list`: what the backups folder holds. Reads files only, so it works when everything else is down. */
export async function backupList(context: CliContext): Promise<void> {
  const { plan, backupsFolder } = await context.loadPlan();
  const entries = await listBackups(backupsFolder);
  context.answer(
    entries.map((entry) => {
      if (entry.state !== 'whole') return entry;
      // The manifest is long, and stands beside the backup.
      const { manifest, ...facts } = entry;
      return { ...facts, database: manifest.database.name, tables: manifest.tables.length, reason: manifest.takenBy.reason };
    }),
  );
  const look = { now: Date.now(), zone: plan.zone, colors: context.screen.colors };
  for (const line of renderBackups(entries, backupsFolder, look)) context.say(line);
}
