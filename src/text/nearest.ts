import leven from 'leven';

/** @returns the known text that is nearest to what was given, by edits; null if none is near. */
export function nearest(given: string, known: readonly string[]): string | null {
  const text = given.toLowerCase();
  const [best] = known
    .map((name) => ({ name, distance: leven(text, name.toLowerCase()) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.floor(name.length / 3)))
    .toSorted((a, b) => a.distance - b.distance);
  return best?.name ?? null;
}
