/** Which stored backup a drill restores. Pure. Instants are milliseconds since 1970. */
import { tierNames } from '../plan/tier-names.ts';
import type { StoredBackup } from '../verification/judge.ts';
import type { ChosenBackup, Drill } from './record.ts';

/** Of backups that no schedule took. */
const byHand = 'manual';

/** @returns the backups of a database that nothing is known against, newest first. */
export function usableBackups(stored: readonly StoredBackup[], database: string): StoredBackup[] {
  return stored
    .filter((backup) => backup.database === database && backup.broken === null && backup.standing.fault === null)
    .toSorted((a, b) => Date.parse(b.takenAt) - Date.parse(a.takenAt));
}

/** @returns the newest that was proven to restore; the newest of all where none ever was; null where there is none. */
export function newestTrusted(usable: readonly StoredBackup[]): StoredBackup | null {
  return usable.find(({ standing }) => standing.proven) ?? usable[0] ?? null;
}

/**
 * Chooses what the monthly drill restores. Rotating, it is the turn of the tier that was drilled longest ago; of those that never were,
 * of the finest: its backups are what a recovery takes first.
 *
 * @param drills former drills; one that was cancelled counts for nothing.
 * @returns null where no backup can be used.
 */
export function chooseForDrill(
  usable: readonly StoredBackup[],
  drills: readonly Drill[],
  policy: 'rotate' | 'newest',
): ChosenBackup | null {
  if (policy === 'newest') {
    const newest = newestTrusted(usable);
    return newest === null ? null : chosen(newest, tiersOf(newest)[0] ?? byHand, 'the newest');
  }
  const turns = [...tierNames, byHand].flatMap((tier) => {
    const backup = newestTrusted(usable.filter((each) => tiersOf(each).includes(tier)));
    return backup === null ? [] : [{ tier, backup, last: lastDrilled(drills, tier) }];
  });
  const first = turns.reduce<(typeof turns)[number] | null>(
    (best, turn) => (best === null || (turn.last ?? 0) < (best.last ?? 0) ? turn : best),
    null,
  );
  if (first === null) return null;
  const { backup, tier, last } = first;
  const turn = last === null ? 'was never drilled' : `waits longest, since ${new Date(last).toISOString().slice(0, 10)}`;
  const why = `the newest ${tier} one, since that tier ${turn}`;
  return chosen(backup, tier, why);
}

/**
 * Chooses what the annual test restores: the newest of each tier, and the newest that is at least so old, since the document asks for
 * a month-old one.
 *
 * @param olderThanMs how old that one is at least. @returns each backup once, newest first.
 */
export function chooseForAnnualTest(usable: readonly StoredBackup[], olderThanMs: number, now: number): ChosenBackup[] {
  const wanted = [...tierNames, byHand].map((tier) => ({
    backup: newestTrusted(usable.filter((each) => tiersOf(each).includes(tier))),
    what: tier as string,
  }));
  const old = newestTrusted(usable.filter(({ takenAt }) => now - Date.parse(takenAt) >= olderThanMs));
  const all = [...wanted, { backup: old, what: 'those that are old enough' }];
  return usable.flatMap((backup) => {
    const of = all.filter((each) => each.backup === backup).map(({ what }) => what);
    const tier = tiersOf(backup).find((each) => of.includes(each)) ?? tiersOf(backup)[0] ?? byHand;
    return of.length === 0 ? [] : [chosen(backup, tier, `the newest of ${of.join(', ')}`)];
  });
}

/** @returns a backup that a person named. */
export function chosenByName(backup: StoredBackup): ChosenBackup {
  return chosen(backup, tiersOf(backup)[0] ?? byHand, 'named by who started the drill');
}

function chosen({ id, path, takenAt, bytes, standing }: StoredBackup, tier: string, why: string): ChosenBackup {
  return { id, path, takenAt, bytes, tier, why: `${why}; ${standing.proven ? 'proven before' : 'never proven yet'}` };
}

function tiersOf({ tiers }: StoredBackup): readonly string[] {
  return tiers.length === 0 ? [byHand] : tiers;
}

function lastDrilled(drills: readonly Drill[], tier: string): number | null {
  const held = drills.filter(({ ended }) => ended !== null && ended.outcome !== 'cancelled');
  const at = held
    .filter(({ begun }) => begun.backups.some((each) => each.tier === tier))
    .map(({ begun }) => Date.parse(begun.at));
  return at.length === 0 ? null : Math.max(...at);
}
