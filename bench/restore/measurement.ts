/** What one run of one way to restore came to, and what can be worked out from several. */

export type Way = 'document' | 'pg_restore' | 'kintsugi' | 'kintsugi+content' | 'kintsugi+kill';

export interface Measurement {
  readonly way: Way;
  readonly round: number;
  /** From the beginning until the application answers again, in seconds. */
  readonly seconds: number;
  /** Seconds of each part, in the order in which the parts began. */
  readonly phases: Readonly<Record<string, number>>;
  /** Highest resident memory of the worker in bytes; null where there was no worker. */
  readonly workerBytes: number | null;
  /** Seconds after which the worker was killed, counted from the beginning of the restore itself; null: it was not. */
  readonly killedAfter: number | null;
  /** Seconds that it only waited on purpose; missing where it did not. */
  readonly asleep?: number;
}

export interface BenchRun {
  readonly rows: number;
  readonly rounds: number;
  readonly jobs: number;
  readonly cores: number;
  readonly databaseBytes: number;
  readonly dumpBytes: number;
  readonly plainDumpBytes: number;
  readonly startedAt: string;
  readonly measurements: readonly Measurement[];
  /** Why the run ended before its last round; null when it did not. */
  readonly failure: string | null;
}

/** @returns the middle value; of an even count the mean of the middle two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** @returns the measurements of one way, in the order of the rounds. */
export function ofWay(run: BenchRun, way: Way): Measurement[] {
  return run.measurements.filter((measurement) => measurement.way === way).toSorted((a, b) => a.round - b.round);
}

/**
 * Compares two ways round by round, then takes the median: what else the machine does changes from minute to minute, so only
 * neighbours are compared.
 *
 * @returns the median of `of` over `to`; NaN when no round has both.
 */
export function pairedRatio(run: BenchRun, of: Way, to: Way): number {
  const base = new Map(ofWay(run, to).map((measurement) => [measurement.round, measurement.seconds]));
  return median(
    ofWay(run, of).flatMap(({ round, seconds }) => {
      const other = base.get(round);
      return other === undefined ? [] : [seconds / other];
    }),
  );
}

/** @returns the median of how many seconds more `of` took than `to`, round by round. */
export function pairedDifference(run: BenchRun, of: Way, to: Way): number {
  const base = new Map(ofWay(run, to).map((measurement) => [measurement.round, measurement.seconds]));
  return median(
    ofWay(run, of).flatMap(({ round, seconds }) => {
      const other = base.get(round);
      return other === undefined ? [] : [seconds - other];
    }),
  );
}
