/** Which backups a run restores. Pure. Instants are milliseconds since 1970. */

/** A stored backup, as far as its turn is concerned. */
export interface InRotation {
  readonly id: string;
  readonly database: string;
  readonly takenAt: number;
  /** When it was restored and compared last, whatever came out; null: never. */
  readonly restoredAt: number | null;
}

export interface RotationRules {
  /** Every backup is restored at least so often, in milliseconds. */
  readonly every: number;
  /** Backups that a run restores at least. */
  readonly restores: number;
  /** About how long it is until the next run, in milliseconds. */
  readonly interval: number;
}

/**
 * Chooses what a run restores: the newest of each database if it was never restored; each whose turn would be overdue before the next run; and the
 * longest-waiting, until there are as many as a run is to do.
 *
 * A backup waits since it was taken or last restored. That makes a queue: none that is taken or restored later can pass it. So with n
 * stored backups of a database and k restores a run each is reached within n/(k - 1) runs, however many new ones come, and in any case
 * before `every` is over. A restore that failed because of the machine is no result, so its backup keeps its place.
 *
 * @returns in the order in which they are to be restored, the newest first.
 */
export function chooseByRotation<B extends InRotation>(stored: readonly B[], rules: RotationRules, now: number): B[] {
  const byAge = [...stored].sort((a, b) => b.takenAt - a.takenAt || (a.id < b.id ? 1 : -1));
  const first = byAge.filter(
    (each) => each.restoredAt === null && byAge.find(({ database }) => database === each.database) === each,
  );
  const queue = byAge
    .filter((each) => !first.includes(each))
    .sort((a, b) => waitsSince(a) - waitsSince(b) || (a.id < b.id ? -1 : 1));
  const overdue = queue.filter((each) => now + rules.interval - waitsSince(each) > rules.every).length;
  return [...first, ...queue.slice(0, Math.max(overdue, rules.restores - first.length))];
}

function waitsSince({ takenAt, restoredAt }: InRotation): number {
  return restoredAt ?? takenAt;
}
