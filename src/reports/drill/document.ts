import { drillNoun } from '../../workflows/drill-says.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import { bytes } from '../../workflows/say.ts';
import type { Cell, ReportDocument, Section, Tile, Tone } from '../document/document.ts';
import { section } from '../document/document.ts';
import * as say from '../say.ts';
import { evidenceSection, problemsSection } from '../sections/aftermath.ts';
import { objectiveTile } from '../sections/objective-tile.ts';
import { stepTable, validationSection } from '../sections/recoveries.ts';
import { datesPicture, timesPicture } from './picture.ts';
import type { DrillReport, PastDrill } from './report.ts';

const tones: Readonly<Record<PastDrill['outcome'], Tone>> = {
  passed: 'good',
  slow: 'doubt',
  failed: 'bad',
  cancelled: 'soft',
  unknown: 'doubt',
  missed: 'bad',
};

/** @returns the report of a drill as people read it. */
export function drillDocument(report: DrillReport): ReportDocument {
  const { drill, run, zone } = report;
  const { begun, ended } = drill;
  const outcome = ended?.outcome ?? 'unknown';
  const noun = drillNoun(begun.kind);
  return {
    title: `${noun[0]?.toUpperCase()}${noun.slice(1)} of ${begun.database}`,
    badge: { text: outcome === 'unknown' ? 'end not known' : outcome, tone: tones[outcome] },
    lead: ended?.text ?? run.outcome.sentence,
    facts: factsOf(report),
    tiles: tilesOf(report),
    sections: [
      criteriaSection(report),
      section('Scope', { kind: 'list', items: begun.scope }, areasTable(report)),
      section('Participants', {
        kind: 'table',
        columns: ['Who', 'What'],
        rows: report.participants.map(({ name, did }) => [{ text: name, look: 'strong' }, did]),
      }),
      restoredSection(report),
      section('Every step', stepTable(run)),
      validationSection(run.validation),
      pastSection(report),
      section('Observations', {
        kind: 'table',
        columns: ['What', 'By'],
        rows: report.observations.map(({ text, by }) => [text, { text: by, look: 'short' }]),
      }),
      actionsSection(report),
      signOffSection(report),
      problemsSection(run.problems, run.gaps, zone),
      evidenceSection([run.evidence]),
    ],
    foot: `${say.madeFromText(run.madeFrom)} ${begun.workflowId}/${begun.runId}. Written by Kintsugi on ${say.day(report.madeAt, zone)}. Times are in ${zone}.`,
  };
}

function factsOf({ drill: { begun, ended }, zone }: DrillReport): string[] {
  return [
    `stack ${begun.stack}`,
    `began ${say.day(begun.at, zone)}${begun.requestedBy === '' ? '' : `, started by ${begun.requestedBy}`}`,
    begun.dueAt === null ? '' : `held for ${say.day(begun.dueAt, zone)}`,
    begun.reason,
    `plan ${begun.planSha256.slice(0, 12)}`,
    ended?.incident ? `incident ${ended.incident}` : '',
  ].filter((part) => part !== '');
}

function tilesOf({ drill: { begun, ended, signOffs }, zone }: DrillReport): Tile[] {
  const met = (ended?.results ?? []).filter((result) => result.met === true).length;
  const signed = signOffs.at(-1);
  return [
    measured('Time to recover (RTA of RTO)', ended?.rtaMs ?? null, begun.rtoMs, 'it did not recover'),
    measured('Age of the usable backup (of RPO)', ended?.rpaMs ?? null, begun.rpoMs, 'there is none'),
    {
      name: 'Criteria met',
      value: `${met} of ${begun.criteria.length}`,
      text: 'fixed before it started',
      ...(ended === null ? {} : { verdict: { text: ended.outcome, tone: tones[ended.outcome] } }),
    },
    {
      name: 'Sign-off',
      value: signed === undefined ? '–' : signed.verdict.replaceAll('-', ' '),
      text: signed === undefined ? 'nobody signed it off yet' : `${signed.by}, ${say.day(signed.at, zone)}`,
      ...(signed === undefined ? { verdict: { text: 'open', tone: 'doubt' as const } } : {}),
    },
  ];
}

/** @param why nothing was achieved, where nothing was. */
function measured(name: string, achievedMs: number | null, promisedMs: number, why: string): Tile {
  const objective = { promisedMs, achievedMs };
  if (achievedMs === null) return objectiveTile(name, { ...objective, kept: null, why });
  return objectiveTile(name, { ...objective, kept: achievedMs <= promisedMs, why: null });
}

function criteriaSection({ drill: { begun, ended }, zone }: DrillReport): Section {
  const rows = begun.criteria.map(({ name, what, expected, must }): Cell[] => {
    const result = ended?.results.find((each) => each.name === name);
    const verdict: Cell =
      result?.met === true
        ? { text: 'met', mark: '✔', tone: 'good', look: 'short' }
        : result?.met === false
          ? { text: must ? 'missed' : 'slow', mark: '✖', tone: must ? 'bad' : 'doubt', look: 'short' }
          : { text: 'not come to', tone: 'doubt', look: 'short' };
    return [{ text: what, look: 'strong' }, expected, result?.actual ?? '', verdict];
  });
  return section(
    'Objectives, criteria and results',
    {
      kind: 'text',
      tone: 'soft',
      text: `Objective: to show that ${begun.database} can be brought back from its stored backups in time. The criteria were fixed on ${say.day(begun.at, zone)}, before anything was started.`,
    },
    { kind: 'table', columns: ['Criterion', 'Expected', 'Actual', 'Result'], rows },
  );
}

function areasTable({ areas }: DrillReport) {
  const areaTones = { yes: 'good', no: 'bad', 'not applicable': 'soft' } as const;
  return {
    kind: 'table' as const,
    columns: ['Area (NIST SP 800-34)', 'Tested', 'What was seen, or why not'],
    rows: areas.map(({ area, covered, text }): Cell[] => [
      { text: area, look: 'strong' },
      { text: covered, tone: areaTones[covered], look: 'short' },
      text,
    ]),
  };
}

function restoredSection({ drill: { begun, ended }, zone }: DrillReport): Section {
  return section('What was restored', {
    kind: 'table',
    columns: ['Backup', 'Taken', 'Size', 'Why it', 'Time to recover', 'Outcome'],
    rows: begun.backups.map(({ id, takenAt, bytes: size, why }): Cell[] => {
      const result = ended?.backups.find((each) => each.id === id);
      return [
        { text: id, look: 'strong' },
        { text: say.day(takenAt, zone), look: 'short' },
        { text: bytes(size), look: 'short' },
        why,
        { text: result?.rtaMs == null ? '–' : say.took(result.rtaMs), look: 'short' },
        result === undefined
          ? { text: 'not come to', tone: 'doubt' }
          : { text: `${result.outcome}: ${result.text}`, tone: result.outcome === 'passed' ? 'good' : 'bad' },
      ];
    }),
  });
}

function pastSection({ past, zone }: DrillReport): Section {
  const [dates, times] = [datesPicture(past, zone), timesPicture(past, zone)];
  return section(
    'Drills over time',
    dates === null ? null : { kind: 'picture', picture: dates },
    times === null ? null : { kind: 'picture', picture: times },
    {
      kind: 'table',
      columns: ['When', 'What', 'Backup', 'Time to recover', 'Outcome'],
      rows: past
        .toReversed()
        .map(({ at, kind, outcome, rtaMs, backup, isThis }): Cell[] => [
          { text: say.day(at, zone), look: 'short' },
          `${drillNoun(kind)}${isThis ? ' (this one)' : ''}`,
          backup ?? '',
          { text: rtaMs === null ? '' : say.took(rtaMs), look: 'short' },
          { text: outcome === 'unknown' ? 'end not known' : outcome, tone: tones[outcome], look: 'short' },
        ]),
    },
  );
}

function actionsSection({ actions, drill }: DrillReport): Section {
  const asked = drill.ended !== null && (drill.ended.outcome === 'failed' || drill.ended.outcome === 'slow');
  return section(
    'Actions',
    actions.length > 0
      ? null
      : {
          kind: 'text',
          ...(asked ? { tone: 'bad' as const } : { tone: 'soft' as const }),
          text: asked ? 'Open: nobody wrote down yet what is done about it, and who does it.' : 'None were asked for.',
        },
    {
      kind: 'table',
      columns: ['What', 'Who', 'Until'],
      rows: actions.map(({ what, who, until }): Cell[] => [{ text: what, look: 'strong' }, who, { text: until, look: 'short' }]),
    },
  );
}

function signOffSection({ drill: { begun, signOffs }, zone }: DrillReport): Section {
  const id = `${begun.workflowId}/${shortRunId(begun.runId)}`;
  if (signOffs.length === 0)
    return section('Sign-off', {
      kind: 'text',
      tone: 'doubt',
      text: `Open: kintsugi drill sign-off ${id} --by NAME --verdict accepted --comment TEXT`,
    });
  return section('Sign-off', {
    kind: 'table',
    columns: ['When', 'Who', 'Verdict', 'In words'],
    rows: signOffs.map(({ at, by, verdict, comment }): Cell[] => [
      { text: say.day(at, zone), look: 'short' },
      { text: by, look: 'strong' },
      { text: verdict.replaceAll('-', ' '), tone: verdict === 'rejected' ? 'bad' : 'good' },
      comment,
    ]),
  });
}
