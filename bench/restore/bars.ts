/** The bars that Kintsugi is held to, judged from what was measured. */
import { type BenchRun, ofWay, pairedDifference, pairedRatio } from './measurement.ts';

export interface Bar {
  readonly name: string;
  /** What was measured, for people. */
  readonly measured: string;
  /** Null when the run did not measure what it needs. */
  readonly met: boolean | null;
}

const memoryLimit = 400 * 2 ** 20;

/** @returns every bar, met or not. */
export function judge(run: BenchRun): Bar[] {
  const plain = pairedRatio(run, 'kintsugi', 'pg_restore');
  const document = pairedRatio(run, 'kintsugi', 'document');
  const killRatio = pairedRatio(run, 'kintsugi+kill', 'kintsugi');
  const killSeconds = pairedDifference(run, 'kintsugi+kill', 'kintsugi');
  const memory = Math.max(...run.measurements.map((measurement) => measurement.workerBytes ?? 0));
  const measured = ofWay(run, 'kintsugi').length > 0;
  return [
    bar('whole recovery at most 1.15 × (pg_restore -j + services healthy)', times(plain), plain <= 1.15, plain),
    bar('aim: under 1.00 × (pg_restore -j + services healthy)', times(plain), plain < 1, plain),
    bar('faster than the document’s script', times(document), document < 1, document),
    bar(
      'a SIGKILL of the worker in the middle adds at most 10 % and 10 s',
      `${signed(killSeconds)} s, ${signed((killRatio - 1) * 100)} %`,
      killRatio <= 1.1 && killSeconds <= 10,
      killRatio,
    ),
    {
      name: 'memory of the worker under 400 MB',
      measured: measured ? `${(memory / 2 ** 20).toFixed(0)} MB` : 'not measured',
      met: measured ? memory < memoryLimit : null,
    },
  ];
}

function bar(name: string, measured: string, met: boolean, value: number): Bar {
  return Number.isNaN(value) ? { name, measured: 'not measured', met: null } : { name, measured, met };
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)} ×`;
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)}`;
}
