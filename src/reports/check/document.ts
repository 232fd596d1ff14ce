import { sparkline, trends } from '../../integrity/trend.ts';
import { words } from '../../text/time.ts';
import type { Finding } from '../../workflows/contract.ts';
import { inOrder } from '../document/columns.ts';
import type { Block, ReportDocument, Section, Tile } from '../document/document.ts';
import { section } from '../document/document.ts';
import { day } from '../say.ts';
import type { CheckReport } from './report.ts';

/** Tables whose rows are drawn: more charts than this nobody looks at. */
const drawnTables = 4;

/** @returns the report of a run of the checks as people read it. */
export function checkDocument(report: CheckReport): ReportDocument {
  const { zone, database, stack, startedAt, madeAt, workflowId, runId, only } = report;
  const wrong = wrongOf(report);
  return {
    title: `Integrity of ${database}`,
    badge: wrong.length === 0 ? { text: 'all well', tone: 'good' } : { text: `${wrong.length} findings`, tone: 'bad' },
    lead: leadOf(report),
    facts: [`stack ${stack}`, `began ${day(startedAt, zone)}`, ...(only === null ? [] : [`only ${only.join(', ')}`])],
    tiles: tilesOf(report),
    sections: [
      repairSection(report),
      checkedSection(report),
      ...report.findings.slice(1).map(findingSection),
      trendSection(report),
      rowsSection(report),
      section('Incidents', { kind: 'code', lines: report.incidents.map((id) => `kintsugi incident show ${id}`) }),
    ],
    foot: `A check only reads: nothing was changed. ${workflowId} / ${runId}. Written by Kintsugi on ${day(madeAt, zone)}. Times are in ${zone}.`,
  };
}

function wrongOf({ checked }: CheckReport) {
  return checked.filter(({ found }) => found > 0).toSorted((a, b) => a.severity.localeCompare(b.severity));
}

function leadOf(report: CheckReport): string {
  const wrong = wrongOf(report);
  const [worst] = wrong;
  if (worst === undefined) return `Nothing was found: all ${report.checked.length} checks are well.`;
  const more = wrong.length === 1 ? '' : `, and ${wrong.length - 1} more`;
  return `${worst.name} (${worst.severity}): ${worst.text}${more}. Each is named below with the command that repairs it.`;
}

function tilesOf(report: CheckReport): Tile[] {
  const { checked, runs, startedAt, madeAt } = report;
  const wrong = wrongOf(report);
  const [worst] = wrong;
  const read = runs.at(-1)?.read.length ?? 0;
  return [
    { name: 'Checks that are well', value: `${checked.length - wrong.length} of ${checked.length}`, text: '' },
    {
      name: 'Worst severity',
      value: worst?.severity ?? 'none',
      text: worst?.name ?? '',
      ...(worst === undefined ? {} : { verdict: { text: 'to be repaired', tone: 'bad' as const } }),
    },
    { name: 'Tables and indexes read', value: String(read), text: 'in this run, by rotation' },
    { name: 'It took', value: words(Date.parse(madeAt) - Date.parse(startedAt)), text: `${runs.length} runs on record` },
  ];
}

function repairSection(report: CheckReport): Section {
  return section('What to type', {
    kind: 'table',
    columns: ['Finding', 'Severity', 'What was found', 'Repair'],
    rows: wrongOf(report).map(({ name, severity, text, command }) => [
      { text: name, look: 'strong' },
      { text: severity, tone: severity === 'P1' || severity === 'P2' ? 'bad' : 'doubt', look: 'short' },
      text,
      command ?? '',
    ]),
  });
}

/** `before` of a check that the run before this one did not make is not known. */
function checkedSection({ checked, runs }: CheckReport): Section {
  const before = runs.at(-2);
  return section('What was checked', {
    kind: 'table',
    columns: ['Check', 'Found', 'Before', 'Trend', 'What was seen'],
    rows: checked.map(({ name, found, text }) => [
      { text: name, mark: found === 0 ? '✔' : '✖', tone: found === 0 ? 'good' : 'bad' },
      String(found),
      String(before?.found[name] ?? '–'),
      sparkline(runs.slice(-12).map((run) => run.found[name] ?? null)).trim(),
      text,
    ]),
  });
}

function findingSection({ title, text, columns = [], rows = [] }: Finding): Section {
  return section(title, text === undefined ? null : { kind: 'text', text }, {
    kind: 'table',
    columns,
    rows: rows.map((row) => [...row]),
  });
}

/** All findings of each run. */
function trendSection({ runs, zone }: CheckReport): Section {
  if (runs.length < 2) return section('Findings over time', null);
  const columns = runs.map(({ at, found }) => {
    const value = Object.values(found).reduce((sum, each) => sum + each, 0);
    return {
      time: Date.parse(at),
      value,
      look: value === 0 ? ('good' as const) : ('bad' as const),
      title: `${day(at, zone)}: ${value}`,
    };
  });
  return section('Findings over time', {
    kind: 'chart',
    chart: {
      label: 'Everything that each run found',
      ...inOrder(columns, zone),
      limit: null,
      say: whole,
      legend: [{ look: 'bad', text: 'found by a run' }],
    },
  });
}

function rowsSection({ runs, zone }: CheckReport): Section {
  if (runs.length < 2) return section('Rows over time', null);
  const biggest = trends(runs, 'rows', runs.length)
    .toSorted((a, b) => (b.values.at(-1) ?? 0) - (a.values.at(-1) ?? 0))
    .slice(0, drawnTables);
  return section(
    'Rows over time, by the server’s statistics',
    ...biggest.flatMap(({ name, values }): Block[] => {
      const columns = values.flatMap((value, at) => {
        const run = runs[at];
        if (value === null || run === undefined) return [];
        return [{ time: Date.parse(run.at), value, look: 'work' as const, title: `${day(run.at, zone)}: ${whole(value)}` }];
      });
      const chart = { label: `Rows of ${name} over time`, ...inOrder(columns, zone), limit: null, say: whole };
      return [
        { kind: 'heading', text: name },
        { kind: 'chart', chart: { ...chart, legend: [{ look: 'work', text: 'rows, about' }] } },
      ];
    }),
  );
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
