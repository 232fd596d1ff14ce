import type { IncidentView } from '../../incident/contract.ts';
import type { ApprovalPolicy } from '../../plan/schema.ts';
import { clock, span, words } from '../../text/time.ts';
import type { Finding, ProcedureResult, RestoreResult } from '../../workflows/contract.ts';
import type { Colors } from '../screen.ts';
import { rate } from './checklist.ts';
import { columnsOf, cut, pad, table } from './text.ts';

export interface Intent {
  /** Result of the procedure in plan mode. */
  readonly plan: RestoreResult;
  /** How long replaced databases are kept: `7d`. */
  readonly keepReplaced: string;
  readonly dropFirst: boolean;
  /** How long the last recovery took, in milliseconds; null if there was none. */
  readonly lastMs: number | null;
  readonly now: number;
  readonly zone: string;
  readonly colors: Colors;
}

/** @returns what a restore would do, as lines: shown before the question, and by `--dry-run`. */
export function renderIntent(intent: Intent): string[] {
  const { plan, now, zone, colors } = intent;
  const { takenAt, bytes, choice } = plan.backup;
  const facts = [
    ...(takenAt === null ? [] : [clock(takenAt, zone, now)]),
    ...(choice?.tiers.slice(-1) ?? []),
    ...(choice?.verified
      ? [`${choice.verified.means === 'restore' ? 'proven' : 'checked'} ${clock(choice.verified.at, zone, now)}`]
      : []),
    ...(bytes === undefined ? [] : [rate(bytes)]),
  ];
  const taken = facts.length === 0 ? '' : ` (${facts.join(', ')})`;
  return [`Will restore ${colors.bold(plan.database)} from ${plan.backup.id}${taken}.`, ...table(factRows(intent))];
}

/** @returns every step and what it would do, as lines. */
export function renderSteps(plan: ProcedureResult, columns: number): string[] {
  const width = Math.max(...plan.steps.map((step) => columnsOf(step.title)));
  return plan.steps.map((step) =>
    cut(`  ${step.state === 'skipped' ? '–' : ' '} ${pad(step.title, width)}   ${step.note ?? ''}`.trimEnd(), columns),
  );
}

/** @returns what a procedure found, as lines: each with its title, its text and its rows. */
export function renderFindings(findings: readonly Finding[]): string[] {
  return findings.flatMap(({ title, text, columns = [], rows = [] }) => {
    const widths = columns.map((name, at) => Math.max(columnsOf(name), ...rows.map((row) => columnsOf(row[at] ?? ''))));
    const line = (cells: readonly string[]) => `    ${cells.map((cell, at) => pad(cell, widths[at] ?? 0)).join('  ')}`.trimEnd();
    return [
      '',
      title,
      ...(text === undefined ? [] : [`  ${text}`]),
      ...(rows.length === 0 ? [] : [line(columns), ...rows.map(line)]),
    ];
  });
}

/** @returns the open incident that a recovery joins, as a row of its intent. */
export function renderIncident({ severity, problem, workflowId }: IncidentView): string {
  return `  incident   joins ${severity} ${problem} (${workflowId})`;
}

/** @returns who has to approve: `Needs approval of 1 person (P1): yours counts.` */
export function renderApproval(approval: ApprovalPolicy, severity: string): string {
  if (approval === 'none') return `Needs no approval (${severity}).`;
  return approval === 'one'
    ? `Needs approval of 1 person (${severity}): yours counts.`
    : `Needs approval of 2 people (${severity}): yours counts as the first; it then waits for another person’s.`;
}

function factRows(intent: Intent): [string, string][] {
  const { plan, now, zone, colors } = intent;
  return [
    ...(plan.backup.choice?.notes ?? []).map((note, at): [string, string] => [at === 0 ? 'backup' : '', note]),
    ['lost', lost(intent)],
    [
      'takes',
      `${intent.lastMs === null ? 'not known yet: no recovery ran before' : `about ${span(intent.lastMs)} (the last one)`}; RTO ${words(plan.rtoMs)} ends ${clock(now + plan.rtoMs, zone, now)}`,
    ],
    ...noteRow(plan, 'preflight', 'checked'),
    ...noteRow(plan, 'findDependents', 'services'),
    [
      'replaces',
      intent.dropFirst
        ? colors.red('the old database is DROPPED FIRST, before the copy is verified: nothing to go back to')
        : `nothing until the copy is verified; the present state is kept for ${intent.keepReplaced}`,
    ],
    ...(plan.skipped.length > 0 ? ([['leaves out', plan.skipped.join(', ')]] as [string, string][]) : []),
  ];
}

function lost({ plan, now, zone, colors }: Intent): string {
  if (plan.backup.takenAt === null) return 'not known: the backup does not tell its instant';
  const milliseconds = now - Date.parse(plan.backup.takenAt);
  const text = `what was written since ${clock(plan.backup.takenAt, zone, now)} (${words(milliseconds)})`;
  return milliseconds > plan.rpoMs ? `${text}, ${colors.red(`more than the RPO of ${words(plan.rpoMs)}`)}` : text;
}

function noteRow(plan: ProcedureResult, step: string, name: string): [string, string][] {
  const note = plan.steps.find((other) => other.name === step)?.note;
  return note ? [[name, note]] : [];
}
