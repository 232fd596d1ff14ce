import { listBackups } from '../catalog/list.ts';
import { readVerifications } from '../catalog/verification.ts';
import type { LoadedPlan } from '../plan/load.ts';
import { clock } from '../text/time.ts';
import { type Standing, standingOf } from '../verification/known.ts';

export interface BackupFacts {
  /** The newest one of ours that is sound, of the plan's database. */
  readonly newest: { readonly id: string; readonly takenAt: string; readonly bytes: number; readonly standing: Standing } | null;
  /** Folders that look like backups of ours and are damaged. */
  readonly broken: readonly { readonly id: string; readonly why: string }[];
}

/** @returns what the backups folder holds for the plan's database. */
export async function newestBackup({ plan, backupsFolder }: LoadedPlan): Promise<BackupFacts> {
  const entries = await listBackups(backupsFolder);
  const newest = entries.find((entry) => entry.state === 'whole' && entry.manifest.database.name === plan.database.name);
  return {
    newest:
      newest?.state === 'whole'
        ? {
            id: newest.id,
            takenAt: newest.takenAt,
            bytes: newest.bytes,
            standing: standingOf(await readVerifications(newest.path)),
          }
        : null,
    broken: entries.flatMap((entry) => (entry.state === 'broken' ? [{ id: entry.id, why: entry.why }] : [])),
  };
}

/** @returns whether a backup was proven to restore: `proven 03:31 JST`. */
export function standingText({ proven, fault, restoredAt }: Standing, zone: string, now: number): string {
  if (fault !== null) return `bad: ${fault.message}`;
  return proven && restoredAt !== null ? `proven ${clock(restoredAt, zone, now)}` : 'not proven to restore yet';
}
