import { type CheckRun, sparkline, trends } from '../../integrity/trend.ts';
import { clock } from '../../text/time.ts';
import type { CheckIntegrityResult } from '../../workflows/contract.ts';
import type { Colors } from '../screen.ts';
import { renderFindings } from './intent.ts';
import { columnsOf, pad } from './text.ts';

/** @returns what the checks found, as lines; each that found something with the command that repairs it. */
export function renderCheck({ checked, findings, incidents, report }: CheckIntegrityResult, colors: Colors): string[] {
  const width = Math.max(0, ...checked.map(({ name }) => columnsOf(name)));
  const lines = checked.flatMap(({ name, found, severity, text, command }) => [
    `  ${found === 0 ? colors.green('✔') : colors.red('✖')} ${pad(name, width)}   ${found === 0 ? text : `${severity}  ${text}`}`,
    ...(command === null ? [] : [`    ${' '.repeat(width)}   ${colors.yellow(command)}`]),
  ]);
  // The first one is the table of what was checked: the lines above say it with colours and commands.
  return [
    ...lines,
    ...renderFindings(findings.slice(1)),
    ...incidents.map((id) => `incident  kintsugi incident show ${id}`),
    ...(report === null ? [] : [`report    ${report}`]),
  ];
}

/** @returns how what the checks found went over time: a line of bars for each, then the same of the rows of the biggest tables. */
export function renderTrends(runs: readonly CheckRun[], zone: string, now: number): string[] {
  const [first, last] = [runs.at(-12) ?? runs[0], runs.at(-1)];
  if (first === undefined || last === undefined) return ['No check has run yet: kintsugi check'];
  const of = (what: 'found' | 'rows') => {
    const all = trends(runs, what);
    const width = Math.max(0, ...all.map(({ name }) => columnsOf(name)));
    return all.map(({ name, values }) => `  ${pad(name, width)}  ${pad(sparkline(values), 12)}  ${values.at(-1) ?? '–'}`);
  };
  return [
    `${Math.min(12, runs.length)} of ${runs.length} runs, ${clock(first.at, zone, now)} to ${clock(last.at, zone, now)}`,
    'found',
    ...of('found'),
    'rows, about',
    ...of('rows'),
  ];
}
