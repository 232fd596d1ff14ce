/** Which backup still holds what was deleted. Pure: rows of every table now, and as each backup's manifest has them. */

/** Rows by table: `public.timer_cards`. */
export type Rows = Readonly<Record<string, number>>;

export interface Candidate {
  readonly id: string;
  /** ISO 8601 in UTC. */
  readonly takenAt: string;
  readonly rows: Rows;
}

/** A table that has fewer rows than the chosen backup. */
export interface Missing {
  readonly table: string;
  /** Null: the table itself is gone. */
  readonly now: number | null;
  readonly had: number;
}

export type Choice =
  | { readonly chosen: Candidate; readonly missing: readonly Missing[]; readonly why: string }
  | { readonly chosen: null; readonly why: string };

/** A newer backup that holds at least so much of what the best one holds is taken: it has lost less of the rest. */
const enough = 0.95;

/**
 * Chooses the newest backup that still holds the deleted rows. What was deleted is not known; it shows in the table that has lost
 * most rows between any backup and now: the newest backup that has nearly all of them is the best. Backups that were taken after
 * the deletion don't have them.
 *
 * @param now rows of every table of the live database; a table that is missing is gone.
 * @param backups newest first, of this database.
 * @param before ISO 8601; only backups of that instant and earlier count, and the newest of them is taken, whatever it holds.
 */
export function chooseForDeletion(now: Rows, backups: readonly Candidate[], before: string | null): Choice {
  const allowed = before === null ? backups : backups.filter(({ takenAt }) => Date.parse(takenAt) <= Date.parse(before));
  const [newest] = allowed;
  if (newest === undefined) {
    const oldest = backups.at(-1);
    return {
      chosen: null,
      why:
        oldest === undefined
          ? 'there is no backup'
          : `before: there is no backup of ${before} or earlier; the oldest is ${oldest.id}, taken ${oldest.takenAt}`,
    };
  }
  if (before !== null)
    return {
      chosen: newest,
      missing: missingFrom(now, newest.rows),
      why: `the newest one that was taken by ${before}, as was asked`,
    };
  const worst = greatestLoss(now, allowed);
  if (worst === null)
    return { chosen: null, why: 'no backup has more rows of any table than there are now, so none shows what was deleted' };
  const chosen = allowed.find(({ rows }) => lossOf(worst.table, now, rows) >= worst.rows * enough) ?? newest;
  const later = allowed.indexOf(chosen);
  return {
    chosen,
    missing: missingFrom(now, chosen.rows),
    why: `the newest one that still has the missing rows of ${worst.table}${later === 0 ? '' : `; ${later} newer ${later === 1 ? 'one was' : 'ones were'} taken without them`}`,
  };
}

function greatestLoss(now: Rows, backups: readonly Candidate[]): { table: string; rows: number } | null {
  let worst: { table: string; rows: number } | null = null;
  for (const { rows } of backups) {
    for (const table of Object.keys(rows)) {
      const lost = lossOf(table, now, rows);
      if (lost > (worst?.rows ?? 0)) worst = { table, rows: lost };
    }
  }
  return worst;
}

/** A table that is gone counts as one row more than it had: an empty one that is gone was deleted, too. */
function lossOf(table: string, now: Rows, then: Rows): number {
  const before = then[table];
  if (before === undefined) return 0;
  const rows = now[table];
  return rows === undefined ? before + 1 : Math.max(0, before - rows);
}

/** @returns what the backup has more of, the greatest loss first. */
export function missingFrom(now: Rows, then: Rows): Missing[] {
  return Object.entries(then)
    .filter(([table]) => lossOf(table, now, then) > 0)
    .map(([table, rows]) => ({ table, now: now[table] ?? null, had: rows }))
    .toSorted((a, b) => b.had - (b.now ?? 0) - (a.had - (a.now ?? 0)) || (a.table < b.table ? -1 : 1));
}
