/** How what the checks found goes up and down over time. Pure. */

/** One run of the checks, as a line of the history file. */
export interface CheckRun {
  /** ISO 8601. */
  readonly at: string;
  readonly database: string;
  /** What each check found; 0 is well. */
  readonly found: Readonly<Record<string, number>>;
  /** Rows of the biggest tables, by the server's statistics. */
  readonly rows: Readonly<Record<string, number>>;
  /** Tables and indexes that were read to their end. */
  readonly read: readonly string[];
}

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** @returns a line of bars, the highest value the full one; a blank where there is no value. */
export function sparkline(values: readonly (number | null)[]): string {
  const highest = Math.max(0, ...values.map((value) => value ?? 0));
  return values
    .map((value) => {
      if (value === null) return ' ';
      return highest === 0 ? bars[0] : bars[Math.min(bars.length - 1, Math.ceil((value / highest) * (bars.length - 1)))];
    })
    .join('');
}

export interface Trend {
  readonly name: string;
  /** Of the last runs, oldest first; null where the check was not run. */
  readonly values: readonly (number | null)[];
}

/** @returns the trend of each check or table that the last runs know, those of the newest run first. @param of which numbers. */
export function trends(runs: readonly CheckRun[], of: 'found' | 'rows', last = 12): Trend[] {
  const recent = runs.slice(-last);
  const names = [...new Set(recent.toReversed().flatMap((run) => Object.keys(run[of])))];
  return names.map((name) => ({ name, values: recent.map((run) => run[of][name] ?? null) }));
}

/** @returns when each table or index was last read. */
export function lastReadOf(runs: readonly CheckRun[]): Map<string, string> {
  return new Map(runs.flatMap(({ at, read }) => read.map((name) => [name, at] as const)));
}
