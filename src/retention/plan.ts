import { readHold } from '../catalog/hold.ts';
import type { CatalogEntry, WholeBackup } from '../catalog/list.ts';
import { readersOf } from '../catalog/readers.ts';
import { readVerifications } from '../catalog/verification.ts';
import type { Plan } from '../plan/schema.ts';
import { tierNames } from '../plan/tier-names.ts';
import { milliseconds } from '../plan/units.ts';
import { type Standing, standingOf } from '../verification/known.ts';
import { decideRetention, type KeptBackup, type RetentionPlan, type RetentionRules } from './decide.ts';

/** @returns how long a plan keeps what. */
export function retentionRules({ schedules: { backups }, retention }: Pick<Plan, 'schedules' | 'retention'>): RetentionRules {
  const keep = tierNames.flatMap((tier) => {
    const section = backups[tier];
    return section === 'off' ? [] : [[tier, milliseconds(section.keep)] as const];
  });
  return {
    keep: Object.fromEntries(keep),
    manual: retention.manual === 'forever' ? null : milliseconds(retention.manual),
    trash: milliseconds(retention.trash),
    longestPause: milliseconds(retention.longestPause),
  };
}

export interface KnownClock {
  /** When retention last ran with a clock that was believed; null if never. */
  readonly lastRunAt: number | null;
  /** A person says that the clock is right. */
  readonly clockIsRight: boolean;
}

/** @returns what may go of a stack's backups and why each other stays. Reads what stands beside the manifests; changes nothing. */
export async function planRetention(
  plan: Plan,
  entries: readonly CatalogEntry[],
  { lastRunAt, clockIsRight }: KnownClock,
  now: number,
): Promise<RetentionPlan> {
  const ours = entries.filter(
    (entry): entry is WholeBackup => entry.state === 'whole' && entry.manifest.stack === plan.stack.project,
  );
  const backups = await Promise.all(ours.map((entry) => kept(entry, now)));
  const broken = entries.flatMap((entry) =>
    entry.state === 'broken' ? [{ id: entry.id, takenAt: Date.parse(entry.takenAt) }] : [],
  );
  const trashed = entries.flatMap((entry) =>
    entry.state === 'deleted'
      ? [{ id: entry.id, path: entry.path, deletedAt: entry.deletedAt === null ? null : Date.parse(entry.deletedAt) }]
      : [],
  );
  const rules = retentionRules(plan);
  const believed = clockIsRight ? { ...rules, longestPause: Number.POSITIVE_INFINITY } : rules;
  return decideRetention({ backups, broken, trashed, lastRunAt }, believed, now);
}

/** Good checksums of today do not heal what could not be restored yesterday. */
function verdictOf({ fault, passed }: Standing): KeptBackup['verified'] {
  if (fault !== null) return 'failed';
  return passed === null ? 'never' : 'passed';
}

async function kept({ id, path, takenAt, manifest }: WholeBackup, now: number): Promise<KeptBackup> {
  const [hold, readers, results] = await Promise.all([readHold(path), readersOf(path, now), readVerifications(path)]);
  return {
    id,
    path,
    database: manifest.database.name,
    takenAt: Date.parse(takenAt),
    tiers: manifest.tiers ?? [],
    verified: verdictOf(standingOf(results)),
    hold: hold === null ? null : { until: Date.parse(hold.until), reason: hold.reason, by: hold.by },
    readers: readers.map(({ workflowId }) => workflowId),
  };
}
