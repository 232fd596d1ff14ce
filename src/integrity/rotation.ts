/** Which tables and indexes a run reads, so that all are read in so many runs and no run reads all. Pure. */

export interface Relation {
  /** `public.timer_cards` */
  readonly name: string;
  readonly kind: 'table' | 'index';
  readonly bytes: number;
}

/**
 * @param lastRead when each was read, ISO 8601; those that are not in it were never read, or are new.
 * @returns the relations of this run: those that were read longest ago, until they are an equal part of all that there is. Since each
 *   run takes at least that part, after `coverIn` runs none is left.
 */
export function nextRelations(
  relations: readonly Relation[],
  lastRead: ReadonlyMap<string, string>,
  coverIn: number,
): Relation[] {
  const ordered = relations.toSorted(
    (a, b) => (lastRead.get(a.name) ?? '').localeCompare(lastRead.get(b.name) ?? '') || a.name.localeCompare(b.name),
  );
  // An empty relation counts, too: otherwise a database of nothing would never be done.
  const weight = ({ bytes }: Relation) => bytes + 1;
  const part = ordered.reduce((sum, relation) => sum + weight(relation), 0) / coverIn;
  const chosen: Relation[] = [];
  let sum = 0;
  for (const relation of ordered) {
    if (sum >= part) break;
    chosen.push(relation);
    sum += weight(relation);
  }
  return chosen;
}
