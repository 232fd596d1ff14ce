import { backupsFolder } from '../../catalog/layout.ts';
import { type CatalogEntry, listBackups, type WholeBackup } from '../../catalog/list.ts';
import type { Plan } from '../../plan/schema.ts';
import type { Tier } from '../../plan/tier-names.ts';
import { dueTiers, type TieredBackup } from '../../schedules/tiers.ts';
import type { WorkerContext } from '../context.ts';
import { isOf } from './pick.ts';

/** @returns the tiers that a backup taken now has to serve. @param input.at ISO 8601. */
export async function findDueTiers(context: WorkerContext, { plan, at }: { plan: Plan; at: string }): Promise<{ tiers: Tier[] }> {
  const entries = await listBackups(backupsFolder(context, plan));
  return { tiers: dueTiers(plan, Date.parse(at), tieredBackups(entries, plan)) };
}

/** @returns the sound backups of the plan's database that a schedule took. */
export function tieredBackups(entries: readonly CatalogEntry[], plan: Plan): TieredBackup[] {
  return entries
    .filter((entry): entry is WholeBackup => entry.state === 'whole' && isOf(entry, plan.stack.project, plan.database.name))
    .map(({ takenAt, manifest }) => ({ takenAt: Date.parse(takenAt), tiers: manifest.tiers ?? [] }));
}
