import type { Drill, DrillEnded, DrillKind } from '../../../src/drills/record.ts';
import type { StoredBackup } from '../../../src/verification/judge.ts';
import { shopPlan } from '../../shop-plan.ts';

export { shopPlan as plan };

/** @returns the instant of a time in Tokyo: `2026-11-06T10:00`. */
export const tokyo = (time: string) => Date.parse(`${time}:00+09:00`);

interface Held {
  readonly outcome?: DrillEnded['outcome'] | null;
  readonly kind?: DrillKind;
  readonly tier?: string;
  readonly rtaMs?: number | null;
  readonly dueAt?: string | null;
}

let count = 0;

/** @returns a drill that was begun at a time in Tokyo; with `outcome: null` nobody wrote down its end. */
export function drill(
  at: string,
  { outcome = 'passed', kind = 'monthlyDrill', tier = 'daily', rtaMs = 60_000, dueAt = null }: Held = {},
): Drill {
  count += 1;
  const begun = new Date(tokyo(at)).toISOString();
  return {
    begun: {
      type: 'begun',
      at: begun,
      workflowId: 'drill-shop',
      runId: `run-${String(count).padStart(8, '0')}`,
      kind,
      stack: 'shop',
      database: 'shop',
      dueAt,
      requestedBy: '',
      reason: '',
      planSha256: 'abc',
      rtoMs: 7_200_000,
      rpoMs: 86_400_000,
      criteria: [],
      scope: [],
      backups: [{ id: `of-${tier}`, path: '/b', takenAt: begun, bytes: 1, tier, why: '' }],
      usable: null,
    },
    ended:
      outcome === null
        ? null
        : { type: 'ended', at: begun, outcome, text: '', results: [], backups: [], rtaMs, rpaMs: null, incident: null },
    signOffs: [],
  };
}

/** @returns a stored backup that was taken at a time in Tokyo. */
export function stored(
  id: string,
  at: string,
  changes: Partial<Pick<StoredBackup, 'tiers' | 'database' | 'broken'>> & { proven?: boolean; bad?: boolean } = {},
): StoredBackup {
  const { proven = true, bad = false, ...rest } = changes;
  return {
    id,
    path: `/b/${id}`,
    database: 'shop',
    takenAt: new Date(tokyo(at)).toISOString(),
    bytes: 1,
    tiers: ['hourly'],
    broken: null,
    standing: {
      proven,
      fault: bad ? { code: 'BACKUP_CORRUPT', message: 'damaged', at: '' } : null,
      restoredAt: null,
      passed: null,
    },
    ...rest,
  };
}
