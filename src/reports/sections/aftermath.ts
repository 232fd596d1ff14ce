import type { Block, Section } from '../document/document.ts';
import { section } from '../document/document.ts';
import type { IncidentReport, OpenItem } from '../incident/report.ts';
import type { EvidenceState, Gap, Problem } from '../report.ts';
import * as say from '../say.ts';

const marks = {
  done: ['✔ done', 'good'],
  open: ['✖ open', 'bad'],
  later: ['▸ later', 'doubt'],
  notNeeded: ['– not needed', 'soft'],
} as const;

/** @returns what is to be done after a recovery, what of it is open, and the command for it. */
export function openSection(items: readonly OpenItem[]): Section {
  return section('What is done, and what is still open', {
    kind: 'table',
    columns: ['What', 'State', 'Detail', 'Next'],
    rows: items.map(({ what, state, text, next }) => [
      { text: what, look: 'strong' },
      { text: marks[state][0], tone: marks[state][1], look: 'short' },
      text,
      next ?? '',
    ]),
  });
}

/** @returns root cause and prevention plan; while nobody wrote them, the plan's own lists to go through. */
export function causeSection({
  cause,
  preventionLists,
  workflowId,
  zone,
}: Pick<IncidentReport, 'cause' | 'preventionLists' | 'workflowId' | 'zone'>): Section {
  if (cause !== null)
    return section(
      'Root cause and prevention',
      { kind: 'text', text: cause.rootCause },
      {
        kind: 'table',
        columns: ['What keeps it from happening again', 'Who', 'Until'],
        rows: cause.prevention.map(({ what, who, until }) => [
          { text: what, look: 'strong' },
          who,
          { text: until, look: 'short' },
        ]),
      },
      { kind: 'text', tone: 'soft', text: `Written by ${cause.by}, ${say.day(cause.at, zone)}.` },
    );
  return section(
    'Root cause and prevention',
    { kind: 'text', tone: 'bad', text: `Open: nobody wrote them yet. kintsugi incident explain ${workflowId}` },
    { kind: 'text', tone: 'soft', text: 'The plan asks for these; what of it was not in place?' },
    ...preventionLists.flatMap(({ scenario, items }) => [
      { kind: 'heading' as const, text: scenario },
      { kind: 'list' as const, items, toDo: true },
    ]),
  );
}

/** @returns attempts that failed, and attempts of which nobody wrote down the end. */
export function problemsSection(problems: readonly Problem[], gaps: readonly Gap[], zone: string): Section {
  return section('Errors, retries and gaps', problemTable(problems, gaps, zone, 'What happened'));
}

/** @returns the same as a table. @param what heading of its last column. */
export function problemTable(problems: readonly Problem[], gaps: readonly Gap[], zone: string, what: string): Block {
  return {
    kind: 'table',
    columns: ['When', 'Step', 'Attempt', what],
    rows: [
      ...problems.map(({ at, activity, attempt, code, message }) => [
        { text: say.at(at, zone), look: 'short' as const },
        activity,
        String(attempt),
        `${code}: ${message}`,
      ]),
      ...gaps.map(({ activity, attempt, why }) => ['', activity, String(attempt), `No evidence of its end: ${why}`]),
    ],
  };
}

/** @returns where the evidence is, and whether it can be believed: of the incident itself and of each recovery. */
export function evidenceSection(chains: readonly EvidenceState[]): Section {
  return section(
    'Evidence',
    ...chains.flatMap((chain) => [
      {
        kind: 'text' as const,
        tone: chain.faults.length === 0 && chain.lines > 0 ? ('good' as const) : ('bad' as const),
        text: say.integrityText(chain),
      },
      {
        kind: 'facts' as const,
        rows: [
          ['File', chain.file],
          ['Last line’s sha256', chain.head],
        ] as const,
      },
    ]),
  );
}
