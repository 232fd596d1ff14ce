import type { ManifestSequence } from '../../catalog/manifest.ts';
import { objectHeader } from '../postgres/schema-objects.ts';

/**
 * Reads the sequences' values as an archive sets them: sequences heed no snapshot, so asking the database gives another value.
 *
 * @param text the `SEQUENCE SET` entries of an archive, as pg_restore writes them.
 */
export function archiveSequences(text: string): ManifestSequence[] {
  const sequences: ManifestSequence[] = [];
  let name: { schema: string; name: string } | null = null;
  for (const line of text.split('\n')) {
    const header = objectHeader(line);
    if (header !== null) name = header.type === 'SEQUENCE SET' ? { schema: header.schema, name: header.name } : null;
    const value = /, (-?\d+), (true|false)\);$/.exec(line);
    if (name === null || value === null || !line.startsWith('SELECT pg_catalog.setval(')) continue;
    sequences.push({ ...name, lastValue: value[1] ?? '', isCalled: value[2] === 'true' });
    name = null;
  }
  return sequences;
}
