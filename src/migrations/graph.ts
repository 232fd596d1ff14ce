/** How revisions follow one another: lines, branches and merges. Pure functions; workflows use them too. */

/** One migration. */
export interface Revision {
  readonly id: string;
  /** What it follows: none at the beginning, several for a merge. */
  readonly down: readonly string[];
  readonly message: string;
}

export type Graph = readonly Revision[];

/** How a revision that the database has stands to one that is wanted. */
export type Relation = 'same' | 'after' | 'before' | 'apart' | 'unknown';

/** @returns the revisions that none follows. */
export function headsOf(graph: Graph): string[] {
  const followed = new Set(graph.flatMap(({ down }) => down));
  return graph.filter(({ id }) => !followed.has(id)).map(({ id }) => id);
}

/** @returns the revisions that are there once `ids` are applied: those and all that come before them, as far as they are known. */
export function appliedWith(graph: Graph, ids: readonly string[]): Set<string> {
  const known = new Map(graph.map((revision) => [revision.id, revision]));
  const applied = new Set<string>();
  const open = [...ids];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (applied.has(id)) continue;
    applied.add(id);
    open.push(...(known.get(id)?.down ?? []));
  }
  return applied;
}

/** @returns of the revisions given those that no other of them comes after: what a list of all applied ones comes down to. */
export function newestOf(graph: Graph, ids: readonly string[]): string[] {
  const unique = [...new Set(ids)];
  return unique.filter((id) => !unique.some((other) => other !== id && appliedWith(graph, [other]).has(id)));
}

/** @returns the revisions that are not applied yet, each after what it follows. */
export function pendingAfter(graph: Graph, current: readonly string[]): Revision[] {
  const applied = appliedWith(graph, current);
  const left = graph.filter(({ id }) => !applied.has(id));
  const ordered: Revision[] = [];
  while (left.length > 0) {
    const at = left.findIndex(({ down }) => !left.some(({ id }) => down.includes(id)));
    // A circle: no tool writes one, and an endless loop would be worse than a wrong order.
    ordered.push(...left.splice(Math.max(at, 0), 1));
  }
  return ordered;
}

/** @returns those of the revisions that the graph does not have. */
function missingFrom(graph: Graph, ids: readonly string[]): string[] {
  return ids.filter((id) => !graph.some((revision) => revision.id === id));
}

/** @returns how what the database has stands to what is wanted. No revision at all comes before every other. */
export function relationOf(graph: Graph, current: readonly string[], wanted: readonly string[]): Relation {
  if (sameSet(current, wanted)) return 'same';
  if (missingFrom(graph, [...current, ...wanted]).length > 0) return 'unknown';
  const [has, wants] = [appliedWith(graph, current), appliedWith(graph, wanted)];
  if (wanted.every((id) => has.has(id))) return 'after';
  return current.every((id) => wants.has(id)) ? 'before' : 'apart';
}

/** @returns whether two lists hold the same, in whatever order. */
export function sameSet(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id) => other.includes(id));
}

/** @returns revisions for people: `0005_indexes`, `a and b`, `none at all`. */
export function named(ids: readonly string[]): string {
  return ids.length === 0 ? 'none at all' : ids.join(' and ');
}
