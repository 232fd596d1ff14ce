import { backupsFolder } from '../../catalog/layout.ts';
import { listBackups } from '../../catalog/list.ts';
import { readVerifications } from '../../catalog/verification.ts';
import type { Plan } from '../../plan/schema.ts';
import type { StoredBackup } from '../../verification/judge.ts';
import { standingOf } from '../../verification/known.ts';
import type { WorkerContext } from '../context.ts';

export interface Survey {
  /** Backups of the stack, of any of its databases, newest first; and what is named like one and is damaged. */
  readonly stored: readonly StoredBackup[];
  /** Ids of those that retention deleted, and that can be had back. */
  readonly deleted: readonly string[];
}

/** Looks at what is stored and at what is known of it. Reads manifests and results only. */
export async function surveyBackups(context: WorkerContext, { plan }: { plan: Plan }): Promise<Survey> {
  const entries = await listBackups(backupsFolder(context, plan));
  const stored = await Promise.all(
    entries.map(async (entry): Promise<StoredBackup | null> => {
      if (entry.state !== 'whole' && entry.state !== 'broken') return null;
      if (entry.state === 'whole' && entry.manifest.stack !== plan.stack.project) return null;
      const { id, path, takenAt } = entry;
      const standing = standingOf(await readVerifications(path));
      return entry.state === 'whole'
        ? {
            id,
            path,
            takenAt,
            standing,
            broken: null,
            bytes: entry.bytes,
            database: entry.manifest.database.name,
            tiers: entry.manifest.tiers ?? [],
          }
        : { id, path, takenAt, standing, broken: entry.why, bytes: 0, database: null, tiers: [] };
    }),
  );
  return {
    stored: stored.filter((backup) => backup !== null),
    deleted: entries.filter(({ state }) => state === 'deleted').map(({ id }) => id),
  };
}
