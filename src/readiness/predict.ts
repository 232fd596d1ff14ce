/** How long a recovery would take, from what was measured here. Pure. */
import type { MeasuredRestore } from './facts.ts';

export interface Prediction {
  readonly lowMs: number;
  readonly highMs: number;
  /** What it was made from, by kind. */
  readonly from: Readonly<Partial<Record<MeasuredRestore['kind'], number>>>;
  /** Whether it reaches to the healthy application; else services are to be stopped and started besides, which was never measured. */
  readonly whole: boolean;
  /** By how much the longest estimate was made longer because the backup is bigger now: far from 1 it is a guess. */
  readonly scaledBy: number;
}

/** How many of each kind are looked at: an older machine, or an older size of the data, tells little. */
const newest = 5;

/**
 * Predicts from recoveries and drills, which are measured to the healthy application; only while there are none, from
 * verifications, which are restored on a scratch server with less processor and no services.
 *
 * A restore of more data takes longer in proportion; one of less is not believed to be quicker, since much of the time is the same for
 * any size. So a prediction errs towards longer.
 *
 * @param restores oldest first. @param bytes of the backup that would be restored.
 * @returns null while nothing was measured.
 */
export function predict(restores: readonly MeasuredRestore[], bytes: number): Prediction | null {
  const of = (kind: MeasuredRestore['kind']) => restores.filter((each) => each.kind === kind).slice(-newest);
  const whole = [...of('recovery'), ...of('drill')];
  const used = whole.length > 0 ? whole : of('verification');
  if (used.length === 0) return null;
  const estimates = used
    .map(({ ms, bytes: size }) => ({ factor: size === null || size === 0 ? 1 : Math.max(1, bytes / size), ms }))
    .map(({ factor, ms }) => ({ factor, ms: ms * factor }))
    .toSorted((a, b) => a.ms - b.ms);
  const count = (kind: MeasuredRestore['kind']) => {
    const found = used.filter((each) => each.kind === kind).length;
    return found === 0 ? {} : { [kind]: found };
  };
  return {
    lowMs: estimates[0]?.ms ?? 0,
    highMs: estimates.at(-1)?.ms ?? 0,
    from: { ...count('recovery'), ...count('drill'), ...count('verification') },
    whole: whole.length > 0,
    scaledBy: estimates.at(-1)?.factor ?? 1,
  };
}

/** @returns bytes of backup that were restored in a second, by the median of the newest restores; null while none was measured. */
export function restoreRate(restores: readonly MeasuredRestore[]): number | null {
  const rates = restores
    .slice(-2 * newest)
    .flatMap(({ bytes, ms }) => (bytes === null || ms === 0 ? [] : [(bytes / ms) * 1000]))
    .toSorted((a, b) => a - b);
  return rates[Math.floor(rates.length / 2)] ?? null;
}
