import { megabytes } from '../measure.ts';
import type { Bar } from './bars.ts';
import { type BenchRun, type Measurement, median, ofWay, pairedRatio, type Way } from './measurement.ts';

const titles: Record<Way, string> = {
  document: 'document’s script, as it stands',
  pg_restore: 'pg_restore -j, then services healthy',
  kintsugi: 'Kintsugi',
  'kintsugi+content': 'Kintsugi, comparing the content of every row',
  'kintsugi+kill': 'Kintsugi, worker killed in the middle',
};
const allWays = Object.keys(titles) as Way[];

/** @returns the whole report as text: a line for each way, their phases, the bars. */
export function renderReport(run: BenchRun, bars: readonly Bar[]): string {
  const ways = allWays.filter((way) => ofWay(run, way).length > 0);
  return [
    '',
    `${run.rows.toLocaleString('en')} timer cards · database ${megabytes(run.databaseBytes)} · dump ${megabytes(run.dumpBytes)} · plain SQL ${megabytes(run.plainDumpBytes)}`,
    `${run.rounds} rounds, side by side · ${run.jobs} jobs · ${run.cores} cores · ${run.startedAt}`,
    '',
    `${'until the application is healthy'.padEnd(titleWidth)}${'median'.padStart(9)}${'lowest'.padStart(9)}${'highest'.padStart(9)}   × pg_restore`,
    ...ways.map((way) => totals(run, way)),
    ...awake(run),
    '',
    ...ways.flatMap((way) => [`${titles[way]}, seconds by part (medians)`, ...phases(ofWay(run, way)), '']),
    ...bars.map((bar) => `${mark(bar)} ${bar.name}: ${bar.measured}`),
    '',
  ].join('\n');
}

const titleWidth = 46;

function totals(run: BenchRun, way: Way): string {
  const seconds = ofWay(run, way).map((measurement) => measurement.seconds);
  const columns = [median(seconds), Math.min(...seconds), Math.max(...seconds)].map((value) => value.toFixed(1).padStart(9));
  const ratio = pairedRatio(run, way, 'pg_restore');
  return `${titles[way].padEnd(titleWidth)}${columns.join('')}${Number.isNaN(ratio) ? '' : ratio.toFixed(2).padStart(15)}`;
}

/** The script's sleeps are no work: how long it takes without them is told, too. */
function awake(run: BenchRun): string[] {
  const seconds = ofWay(run, 'document').map((measurement) => measurement.seconds - (measurement.asleep ?? 0));
  return seconds.length === 0 ? [] : [`${'  its sleeps taken off'.padEnd(titleWidth)}${median(seconds).toFixed(1).padStart(9)}`];
}

function phases(measurements: readonly Measurement[]): string[] {
  const names = [...new Set(measurements.flatMap((measurement) => Object.keys(measurement.phases)))];
  const lines = names.map((name) => {
    const values = measurements.flatMap((measurement) => measurement.phases[name] ?? []);
    return `  ${name.padEnd(titleWidth - 2)}${median(values).toFixed(1).padStart(9)}`;
  });
  const killed = measurements.flatMap((measurement) => measurement.killedAfter ?? []);
  if (killed.length > 0) lines.push(`  killed after, counted from the restore’s start${median(killed).toFixed(1).padStart(8)}`);
  const memory = measurements.flatMap((measurement) => measurement.workerBytes ?? []);
  if (memory.length > 0) lines.push(`  peak memory of the worker${megabytes(Math.max(...memory)).padStart(30)}`);
  return lines;
}

function mark(bar: Bar): string {
  return bar.met === null ? '–' : bar.met ? '✔' : '✖';
}
