/** What the backups came to, and the bars that they are held to. */
import { megabytes } from '../measure.ts';
import { median } from '../restore/measurement.ts';

/** Seconds of one round: `content` is Kintsugi with a fingerprint of every row. */
export type BackupRound = Readonly<Record<'plain' | 'kintsugi' | 'content', number>>;

export interface SizeRun {
  readonly rows: number;
  readonly databaseBytes: number;
  readonly rounds: readonly BackupRound[];
  /** Highest resident memory of the worker, in bytes. */
  readonly workerBytes: number;
}

export interface BackupBench {
  readonly startedAt: string;
  readonly cores: number;
  /** Load average of the machine (1 minute) when it began. */
  readonly load: number;
  readonly runs: readonly SizeRun[];
}

const mostTimes = 1.1;
/** A garbage collector that has not run yet is no leak: what is more than that grows with the data. */
const flatWithin = 64 * 2 ** 20;

/** @returns every bar with what was measured; null where the run does not tell. */
export function judgeBackups({ runs }: BackupBench): { name: string; measured: string; met: boolean | null }[] {
  const peaks = runs.map(({ workerBytes }) => workerBytes);
  const apart = Math.max(...peaks) - Math.min(...peaks);
  return [
    ...runs.map((run) => {
      const ratio = ratioOf(run, 'kintsugi');
      return {
        name: `${megabytes(run.databaseBytes)}: at most ${mostTimes} × pg_dump, manifest and checksums included`,
        measured: `${ratio.toFixed(2)} ×`,
        met: ratio <= mostTimes,
      };
    }),
    {
      name: `memory of the worker flat over the sizes (within ${megabytes(flatWithin)})`,
      measured: runs.length < 2 ? 'one size only' : `${megabytes(apart)} apart`,
      met: runs.length < 2 ? null : apart <= flatWithin,
    },
  ];
}

/** @returns the median over the rounds: only neighbours are compared. */
function ratioOf({ rounds }: SizeRun, way: 'kintsugi' | 'content'): number {
  return median(rounds.map((round) => round[way] / round.plain));
}

/** @returns the report as text. */
export function renderBackupBench(bench: BackupBench): string {
  const columns = (run: SizeRun) =>
    (['plain', 'kintsugi', 'content'] as const).map((way) =>
      median(run.rounds.map((round) => round[way]))
        .toFixed(1)
        .padStart(10),
    );
  return [
    '',
    `${bench.cores} cores, load ${bench.load.toFixed(1)} at the beginning · ${bench.startedAt}`,
    '',
    `${'seconds (medians)'.padEnd(26)}${['pg_dump', 'Kintsugi', '+ content'].map((name) => name.padStart(10)).join('')}   worker’s peak`,
    ...bench.runs.map(
      (run) =>
        `${`${run.rows.toLocaleString('en')} rows, ${megabytes(run.databaseBytes)}`.padEnd(26)}${columns(run).join('')}${megabytes(run.workerBytes).padStart(16)}`,
    ),
    '',
    ...judgeBackups(bench).map(({ name, measured, met }) => `${met === null ? '–' : met ? '✔' : '✖'} ${name}: ${measured}`),
    ...bench.runs.map(
      (run) => `– ${megabytes(run.databaseBytes)} with content fingerprints: ${ratioOf(run, 'content').toFixed(2)} ×`,
    ),
    '',
  ].join('\n');
}
