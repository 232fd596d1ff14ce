import { type IncidentRun, percentile } from './measurement.ts';

/** The bars that incidents are held to. @returns each with what was measured. */
export function judge(run: IncidentRun) {
  const p99 = percentile(run.arrivedLate, 0.99);
  return [
    { name: 'a timer’s message is at its receiver less than 2 s late (p99)', measured: `${seconds(p99)}`, met: p99 < 2_000 },
    { name: 'nothing lost', measured: some(run.lost), met: run.lost.length === 0 },
    { name: 'nothing sent twice', measured: some(run.twice), met: run.twice.length === 0 },
  ];
}

/** @returns the whole report as text. */
export function renderReport(run: IncidentRun): string {
  const { load, cpu } = run;
  return [
    '',
    `${run.incidents.toLocaleString('en')} open P1 incidents, a call every ${seconds(run.everyMs)}, ${run.rounds} after the first · ${run.cores} cores · ${run.startedAt}`,
    `load of the machine ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after`,
    '',
    `${''.padEnd(44)}${['p50', 'p99', 'highest'].map((name) => name.padStart(11)).join('')}`,
    line('the incident acts, after its timer was due', run.actedLate),
    line('the message is at its receiver, after that', run.arrivedLate),
    '',
    `messages at their receiver     ${run.messages.toLocaleString('en')}`,
    `peak memory of the worker      ${(run.workerBytes / 2 ** 20).toFixed(0)} MB`,
    `CPU of worker and Temporal     ${cpu.worker.toFixed(0)} s and ${cpu.temporal.toFixed(0)} s`,
    '',
    ...judge(run).map(({ name, measured, met }) => `${met ? '✔' : '✖'} ${name}: ${measured}`),
    '',
  ].join('\n');
}

function line(name: string, values: readonly number[]): string {
  const columns = [percentile(values, 0.5), percentile(values, 0.99), Math.max(...values)];
  return `${name.padEnd(44)}${columns.map((value) => seconds(value).padStart(11)).join('')}`;
}

function seconds(milliseconds: number): string {
  return Number.isFinite(milliseconds) ? `${(milliseconds / 1000).toFixed(2)} s` : 'none';
}

function some(list: readonly string[]): string {
  return list.length === 0 ? 'none' : `${list.length}: ${list.slice(0, 3).join(', ')}`;
}
