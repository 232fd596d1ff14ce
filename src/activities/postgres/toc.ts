/**
 * The table of contents of an archive and the log of `pg_restore --verbose`, as far as a resumed restore needs them.
 * Entries are known by their dump id; names only where an id cannot serve.
 */
export interface TocEntry {
  readonly dumpId: number;
  /** `TABLE DATA public timer_cards uns_admin`: type, schema, name and owner, which spaces do not tell apart. */
  readonly text: string;
  /** The line as `pg_restore --use-list` takes it. */
  readonly line: string;
}

/** @returns the entries of `pg_restore --list`, in its order; comment lines are left out. */
export function parseToc(lines: readonly string[]): TocEntry[] {
  return lines.flatMap((line) => {
    const match = /^(\d+); \d+ \d+ (.*)$/.exec(line);
    return match ? [{ dumpId: Number(match[1]), text: match[2] ?? '', line }] : [];
  });
}

/** Line that a restore's job writes when the schema before the data is there. */
export const schemaDone = 'KINTSUGI-SCHEMA-RESTORED';

/** What a parallel pg_restore said that it had begun and ended. */
export class RestoreLog {
  #schemaDone = false;

  /** Whether everything that comes before the data was made. */
  get schemaDone(): boolean {
    return this.#schemaDone;
  }

  readonly finished = new Set<number>();
  readonly #launched = new Set<number>();
  readonly #tables = new Set<number>();

  /** Takes one line of standard error. Leader and workers of pg_restore write their prefixes apart from their messages, so those mix. */
  take(line: string): void {
    if (line === schemaDone) this.#schemaDone = true;
    const [, what, item, data] = /^(?:pg_restore:| )*(launching|finished) item (\d+) (TABLE DATA )?/.exec(line) ?? [];
    if (what === undefined) return;
    const id = Number(item);
    (what === 'finished' ? this.finished : this.#launched).add(id);
    if (data !== undefined) this.#tables.add(id);
  }

  /** @returns the items of which nobody can tell whether their transaction was committed when the connection broke. */
  inFlight(): Set<number> {
    return new Set([...this.#launched].filter((id) => !this.finished.has(id)));
  }

  /** Counts every part in flight as done that is not the data of a table: a next round begins when those were made again. */
  settleObjects(): void {
    for (const id of this.inFlight()) if (!this.#tables.has(id)) this.finished.add(id);
  }
}

/**
 * @returns the table that a `TABLE DATA` entry fills, found among the tables that exist, or null if that is not certain.
 * @param tables every table of the database being restored.
 */
export function tableOfEntry(
  entry: TocEntry,
  tables: readonly { readonly schema: string; readonly name: string }[],
): { schema: string; name: string } | null {
  const rest = entry.text.slice('TABLE DATA '.length);
  const matches = tables.filter(({ schema, name }) => rest.startsWith(`${oneLine(schema)} ${oneLine(name)} `));
  return matches.length === 1 ? (matches[0] ?? null) : null;
}

// pg_dump writes line ends in names as blanks in the list.
function oneLine(name: string): string {
  return name.replace(/[\r\n]/g, ' ');
}
