import type { Block, Section, Tone } from '../document/document.ts';
import { section } from '../document/document.ts';
import { tone } from '../html/tone.ts';
import type { Report, ReportStep, ValidationRow } from '../report.ts';
import * as say from '../say.ts';
import { problemTable } from './aftermath.ts';

/** @returns each recovery from its own report: how it ended, its steps, and the commands that it ran. */
export function recoveriesSection(recoveries: readonly Report[]): Section {
  return section('Recoveries', ...recoveries.flatMap(recoveryBlocks));
}

function recoveryBlocks(report: Report): Block[] {
  const { zone, outcome, source, replaced, freshBackup, request, commands, problems, gaps } = report;
  const id = `${report.workflowId}/${report.runId.slice(-8)}`;
  const facts: [string, string | null][] = [
    ['Asked for by', request.by === null ? null : `${request.by}${request.reason === null ? '' : `: ${request.reason}`}`],
    ['Time to recover', report.rto.promisedMs === null ? null : say.objectiveText(report.rto)],
    ['Data lost', report.rpo.promisedMs === null ? null : say.objectiveText(report.rpo)],
    [
      'Restored from',
      source === null ? null : `${source.id}${source.takenAt === null ? '' : `, of ${say.day(source.takenAt, zone)}`}`,
    ],
    ['Kept', replaced === null ? null : `${replaced.name} until ${say.day(replaced.until, zone)}`],
    ['Fresh backup', freshBackup],
    ['Its own report', `kintsugi report ${id}`],
  ];
  return [
    {
      kind: 'heading',
      text: `${say.titleOf(report)}, ${id}`,
      badge: { text: say.outcomeNames[outcome.state], tone: tone(outcome.state) },
    },
    { kind: 'text', text: outcome.sentence },
    { kind: 'facts', rows: facts.flatMap(([name, text]) => (text === null ? [] : [[name, text] as const])) },
    stepTable(report),
    problemTable(problems, gaps, zone, 'What went wrong'),
    { kind: 'code', lines: commands.map(({ command }) => command) },
  ];
}

/** @returns every step of a run with its times and what was found or done. */
export function stepTable({ steps, zone }: Pick<Report, 'steps' | 'zone'>): Block {
  return {
    kind: 'table',
    columns: ['Step', 'Began', 'Took', 'What was found or done'],
    rows: steps.map((step) => [
      { text: step.title, mark: say.stepMarks[step.state], look: 'strong', tone: stepTone(step) },
      { text: say.at(step.startedAt, zone), look: 'short' },
      { text: say.tookBetween(step.startedAt, step.endedAt) ?? '', look: 'short' },
      say.stepText(step),
    ]),
  };
}

function stepTone({ state }: ReportStep): Tone {
  if (state === 'done') return 'good';
  return state === 'failed' || state === 'unknown' ? 'bad' : 'soft';
}

/** @returns what was verified, with what was expected and found, and by whom: NIST SP 800-34, appendix E. */
export function validationSection(rows: readonly ValidationRow[]): Section {
  const tones = { yes: 'good', no: 'bad', 'not done': 'doubt' } as const;
  return section('What was verified', {
    kind: 'table',
    columns: ['Procedure', 'Expected', 'Actual', 'Successful', 'By'],
    rows: rows.map((row) => {
      const success = say.successText(row) as keyof typeof tones;
      return [{ text: row.procedure, look: 'strong' }, row.expected, row.actual, { text: success, tone: tones[success] }, row.by];
    }),
  });
}

/** @returns what was left out, and why. */
export function skippedSection(
  rows: readonly { readonly recovery: string; readonly step: string; readonly why: string }[],
): Section {
  return section('Steps that were skipped', {
    kind: 'table',
    columns: ['Step', 'Why', 'Of'],
    rows: rows.map(({ recovery, step, why }) => [{ text: step, look: 'strong' }, why, recovery]),
  });
}
