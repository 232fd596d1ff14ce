import { plainText } from '../../text/plain.ts';
import { clock, words } from '../../text/time.ts';
import type { ReportDocument, Tile, Tone } from '../document/document.ts';
import { section } from '../document/document.ts';
import * as say from '../say.ts';
import { causeSection, evidenceSection, openSection, problemsSection } from '../sections/aftermath.ts';
import { objectiveTile } from '../sections/objective-tile.ts';
import { approvalsSection, messagesSection, participantsSection, tally, type When } from '../sections/people.ts';
import { incidentPicture } from '../sections/picture.ts';
import { recoveriesSection, skippedSection, validationSection } from '../sections/recoveries.ts';
import type { IncidentReport } from './report.ts';

/** @returns the report of an incident as people read it. */
export function incidentDocument(report: IncidentReport): ReportDocument {
  const { zone, evidence, recoveries } = report;
  const when: When = (instant) => say.moment(instant, zone, report.openedAt ?? report.madeAt);
  return {
    title: `Incident: ${report.problem}`,
    badge: { text: [report.severity, report.status].filter((part) => part !== null).join(' · '), tone: toneOf(report) },
    lead: leadOf(report),
    facts: factsOf(report),
    tiles: tilesOf(report),
    sections: [
      openSection(report.open),
      timelineSection(report, when),
      participantsSection(report.participants, when),
      recoveriesSection(recoveries),
      approvalsSection(report.approvals, when),
      messagesSection(report.messages, when),
      validationSection(report.validation),
      skippedSection(report.skipped),
      causeSection(report),
      problemsSection(report.problems, report.gaps, zone),
      evidenceSection([...evidence, ...recoveries.map((recovery) => recovery.evidence)]),
    ],
    foot: `${say.madeFromText(report.madeFrom)} ${report.workflowId}. Written by Kintsugi on ${say.day(report.madeAt, zone)}. Times are in ${zone}.`,
  };
}

function toneOf({ status, resolved, rto }: IncidentReport): Tone {
  if (status === 'unknown') return 'doubt';
  if (resolved === null) return status === 'closed' ? 'soft' : status === 'triggered' ? 'bad' : 'doubt';
  return rto.kept === false ? 'bad' : 'good';
}

/** One or two sentences: where it is, or how it ended. */
function leadOf({ status, resolved, responder, since, rto, rtoEndsAt, rpo, zone, madeAt, occurrences }: IncidentReport): string {
  const often = occurrences > 1 ? ` It came ${occurrences} times.` : '';
  if (resolved !== null) {
    const lost = rpo.achievedMs === null ? '' : ` Data of the last ${words(rpo.achievedMs)} before the recovery is lost.`;
    return `Resolved ${say.day(resolved.at, zone)} by ${resolved.by}, ${rto.achievedMs === null ? '' : `after ${say.took(rto.achievedMs)}`}.${lost}${often}`;
  }
  if (status === 'closed') return `Closed without being resolved.${often}`;
  if (since === null || rtoEndsAt === null) return 'How it stands is not known: there is no record of it.';
  const goesOn = words(Date.parse(madeAt) - Date.parse(since));
  const late = rtoEndsAt < madeAt ? 'ended' : 'ends';
  return `It goes on for ${goesOn}; ${responder ?? 'nobody'} has it. The recovery time objective ${late} ${clock(rtoEndsAt, zone, madeAt)}.${often}`;
}

function factsOf({ stack, impact, openedBy, openedAt, planSha256, zone }: IncidentReport): string[] {
  return [
    stack === null ? '' : `stack ${stack}`,
    openedAt === null ? '' : `opened ${say.day(openedAt, zone)} by ${openedBy}`,
    impact,
    planSha256 === null ? '' : `plan ${planSha256.slice(0, 12)}`,
  ].filter((part) => part !== '');
}

function tilesOf({ rto, rpo, messages, open, cause }: IncidentReport): Tile[] {
  const left = open.filter(({ state }) => state === 'open');
  return [
    objectiveTile('Time to recover (RTA of RTO)', rto),
    objectiveTile('Data lost (RPA of RPO)', rpo),
    { name: 'Messages', value: String(messages.length), text: tally(messages) },
    {
      name: 'Still open',
      value: String(left.length),
      text: left.map(({ what }) => what).join(' · '),
      ...(left.length === 0 && cause !== null ? { verdict: { text: 'all done', tone: 'good' as const } } : {}),
    },
  ];
}

function timelineSection(report: IncidentReport, when: When) {
  const picture = incidentPicture(report);
  return section('Timeline', picture === null ? null : { kind: 'picture', picture }, {
    kind: 'table',
    columns: ['When', 'Who', 'What', 'Why'],
    rows: [
      ...report.timeline.map(({ at, who, what, why }) => [
        { text: when(at), look: 'short' as const },
        { text: who, look: 'strong' as const },
        what,
        plainText(why),
      ]),
      ...report.interventions.map(({ what, at, by, reason }) => [
        { text: when(at), look: 'short' as const },
        { text: by, look: 'strong' as const },
        `asked Temporal to ${what} it`,
        reason ?? '',
      ]),
    ],
  });
}
