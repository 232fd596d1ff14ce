import type { BlockContent, Table } from 'mdast';
import { code, heading, list, markdownOf, paragraph, table } from './document/markdown-parts.ts';
import type { Report } from './report.ts';
import * as say from './say.ts';

/** @returns the report as GitHub-flavoured Markdown. */
export function renderMarkdown(report: Report): string {
  const { outcome, zone, request, source, evidence } = report;
  return markdownOf([
    heading(1, `${say.titleOf(report)}: ${say.outcomeNames[outcome.state]}`),
    paragraph(outcome.sentence),
    list([
      `Run: ${report.workflowId} / ${report.runId}`,
      ...(report.startedAt === null ? [] : [`Began: ${say.day(report.startedAt, zone)}`]),
      ...(request.by === null ? [] : [`Asked for by: ${request.by}`]),
      ...(request.reason === null ? [] : [`Why: ${request.reason}`]),
      ...(report.rto.promisedMs === null
        ? []
        : [`Time to recover: ${say.objectiveText(report.rto)}`, `Data lost: ${say.objectiveText(report.rpo)}`]),
      ...(source === null
        ? []
        : [
            `Restored from: ${source.id}${source.takenAt === null ? '' : `, of ${say.day(source.takenAt, zone)}`}; ${source.path}`,
          ]),
      ...(report.replaced === null
        ? []
        : [`What it replaced is kept as ${report.replaced.name} until ${say.day(report.replaced.until, zone)}`]),
      ...(report.freshBackup === null ? [] : [`Fresh backup: ${report.freshBackup}`]),
    ]),
    ...section('Timeline', stepTable(report)),
    ...section('Decisions', decisionTable(report)),
    ...section('What was verified', validationTable(report)),
    ...report.findings.flatMap(({ title, text, columns = [], rows = [] }) => [
      heading(2, title),
      ...(text === undefined ? [] : [paragraph(text)]),
      ...[table(columns, rows)].filter((part) => part !== null),
    ]),
    ...services(report),
    ...section('Errors, retries and gaps', problemTable(report)),
    heading(2, 'Evidence'),
    paragraph(say.integrityText(evidence)),
    list([`File: ${evidence.file}`, `Last line’s sha256: ${evidence.head}`, ...outcome.hints.map((hint) => `Next: ${hint}`)]),
    paragraph(
      `${say.madeFromText(report.madeFrom)} Written by Kintsugi on ${say.day(report.madeAt, zone)}. Times are in ${zone}.`,
    ),
  ]);
}

function stepTable({ steps, zone }: Report): Table | null {
  return table(
    ['', 'Step', 'Began', 'Ended', 'Took', 'What was found or done'],
    steps.map((step) => [
      say.stepMarks[step.state],
      step.title,
      say.at(step.startedAt, zone),
      say.at(step.endedAt, zone),
      say.tookBetween(step.startedAt, step.endedAt) ?? '',
      say.stepText(step),
    ]),
  );
}

function decisionTable({ approvals, denied, interventions, zone }: Report): Table | null {
  return table(
    ['When', 'Decision', 'By', 'Why'],
    [
      ...approvals.map((answer) => [say.at(answer.at, zone), answer.approved ? 'approved' : 'refused', answer.by, answer.reason]),
      ...denied.map(({ at, what, by, why }) => [say.at(at, zone), `denied: ${what}`, by, why]),
      ...interventions.map(({ what, at, by, reason }) => [say.at(at, zone), what, by, reason ?? '']),
    ],
  );
}

function validationTable({ validation }: Report): Table | null {
  return table(
    ['Procedure', 'Expected', 'Actual', 'Successful', 'By'],
    validation.map((row) => [row.procedure, row.expected, row.actual, say.successText(row), row.by]),
  );
}

function problemTable({ problems, gaps, zone }: Report): Table | null {
  return table(
    ['When', 'Step', 'Attempt', 'What happened'],
    [
      ...problems.map((problem) => [
        say.at(problem.at, zone),
        problem.activity,
        String(problem.attempt),
        `${problem.code}: ${problem.message}`,
      ]),
      ...gaps.map((gap) => ['', gap.activity, String(gap.attempt), `No evidence of its end: ${gap.why}`]),
    ],
  );
}

function services({ services: { stopped, started, kept }, commands }: Report): BlockContent[] {
  if (stopped === null && commands.length === 0) return [];
  return [
    heading(2, 'Services and commands'),
    list([
      `Stopped: ${stopped ?? 'nothing'}`,
      `Started again: ${started ?? 'nothing'}`,
      `Left running: ${kept.join(' ') || 'nothing'}`,
    ]),
    ...(commands.length === 0 ? [] : [code(commands.map(({ command }) => command))]),
  ];
}

function section(title: string, content: Table | null): BlockContent[] {
  return content === null ? [] : [heading(2, title), content];
}
