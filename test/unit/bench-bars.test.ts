import { expect, test } from 'vitest';
import { judge } from '../../bench/restore/bars.ts';
import { type BenchRun, type Measurement, median, pairedRatio, type Way } from '../../bench/restore/measurement.ts';
import { renderReport } from '../../bench/restore/report.ts';

const measured = (way: Way, round: number, seconds: number, workerBytes: number | null = null): Measurement => ({
  ...{ way, round, seconds, workerBytes },
  phases: { whole: seconds },
  killedAfter: null,
});
const run = (measurements: readonly Measurement[]): BenchRun => ({
  ...{ rows: 1000, rounds: 2, jobs: 2, cores: 2, databaseBytes: 1, dumpBytes: 1, plainDumpBytes: 1, measurements },
  startedAt: '2026-01-01T00:00:00Z',
  failure: null,
});
const met = (measurements: readonly Measurement[]) => judge(run(measurements)).map((bar) => bar.met);

test('the median of an even count is the mean of the middle two', () => {
  expect(median([9, 1, 3, 2])).toBe(2.5);
});

test('ways are compared within a round, so that a slow minute counts for both', () => {
  const slowMinute = [
    measured('pg_restore', 1, 10),
    measured('kintsugi', 1, 11),
    measured('pg_restore', 2, 30),
    measured('kintsugi', 2, 33),
  ];
  expect(pairedRatio(run(slowMinute), 'kintsugi', 'pg_restore')).toBeCloseTo(1.1);
});

test('every bar is met by a recovery that is quicker than all it is compared with', () => {
  const good = [
    measured('document', 1, 50),
    measured('pg_restore', 1, 40),
    measured('kintsugi', 1, 39, 2 ** 28),
    measured('kintsugi+kill', 1, 42),
  ];
  expect(met(good)).toEqual([true, true, true, true, true]);
});

test('a killed recovery misses its bar by more than 10 % or by more than 10 s', () => {
  expect(met([measured('kintsugi', 1, 20), measured('kintsugi+kill', 1, 23)])[3]).toBe(false);
  expect(met([measured('kintsugi', 1, 200), measured('kintsugi+kill', 1, 212)])[3]).toBe(false);
});

test('what was not measured is neither met nor missed', () => {
  expect(met([measured('document', 1, 50)])).toEqual([null, null, null, null, null]);
  expect(renderReport(run([measured('document', 1, 50)]), judge(run([])))).toContain('not measured');
});
