import type { AuditRecord } from './judge.ts';

/** Of a schedule: when it was made or last changed, and how late a date may be. Milliseconds. */
export interface Watched {
  readonly kind: string;
  readonly since: number;
  readonly catchUpMs: number;
  readonly jitterMs: number;
}

/**
 * @param before what the last look remembered; null at the first.
 * @returns the time whose dates are looked at now: from < date <= to. A date is looked at once it can't be made up for any more; the time
 *   begins where the one of the last look ended.
 */
export function windowOf(
  watched: Watched,
  before: AuditRecord | null,
  now: number,
): { readonly from: number; readonly to: number } {
  const patience = watched.catchUpMs + watched.jitterMs + 60_000;
  const from = Math.max(watched.since, before?.schedules[watched.kind]?.from ?? 0, (before?.lookedAt ?? 0) - patience);
  return { from, to: now - patience };
}
