import { listBackups } from '../../catalog/list.ts';
import { readVerifications } from '../../catalog/verification.ts';
import { standingOf } from '../../verification/known.ts';
import type { CliContext } from '../context.ts';
import { renderBackups } from '../render/backups.ts';

/** `kintsugi backup list`: what the backups folder holds. Reads files only, so it works when everything else is down. */
export async function backupList(context: CliContext): Promise<void> {
  const { plan, backupsFolder } = await context.loadPlan();
  const entries = await listBackups(backupsFolder);
  const standings = new Map(
    await Promise.all(entries.map(async ({ id, path }) => [id, standingOf(await readVerifications(path))] as const)),
  );
  context.answer(
    entries.map((entry) => {
      if (entry.state !== 'whole') return entry;
      // The manifest is long, and stands beside the backup.
      const { manifest, ...facts } = entry;
      const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
      return {
        ...facts,
        database: manifest.database.name,
        tiers: manifest.tiers ?? [],
        tables: manifest.tables.length,
        rows,
        reason: manifest.takenBy.reason,
        ...standings.get(entry.id),
      };
    }),
  );
  const look = { now: Date.now(), zone: plan.zone, colors: context.screen.colors };
  for (const line of renderBackups(entries, standings, backupsFolder, look)) context.say(line);
}
