import type { Plan } from '../../plan/schema.ts';
import type { ReadinessFacts } from '../../readiness/facts.ts';
import type { Readiness } from '../../readiness/judge.ts';
import { type Level, rangeText } from '../../readiness/verdict.ts';
import { clock, words } from '../../text/time.ts';
import type { ReportDocument, Tile, Tone } from '../document/document.ts';
import { section } from '../document/document.ts';
import { day } from '../say.ts';
import { agesPicture } from './ages.ts';
import { drillsSection, recoveriesSection } from './practice.ts';
import { backupTimesChart, restoreTimesChart, sizesChart } from './trends.ts';

const tones: Readonly<Record<Level, Tone>> = { green: 'good', amber: 'doubt', red: 'bad' };
const marks: Readonly<Record<Level, string>> = { green: '✔', amber: '!', red: '✖' };

/** @returns the answer of `kintsugi ready` as a page: for a wall, and for who asks what it is made of. */
export function readinessDocument(plan: Plan, facts: ReadinessFacts, judged: Readiness): ReportDocument {
  const { zone, stack, database } = plan;
  const at = new Date(facts.at).toISOString();
  const stored = 'is' in facts.backups ? facts.backups.is.stored : [];
  return {
    title: `Ready to recover ${database.name}?`,
    badge: { text: judged.level, tone: tones[judged.level] },
    lead: judged.sentence,
    facts: [`stack ${stack.project}`, `looked at ${day(at, zone)}`],
    tiles: tilesOf(plan, facts, judged),
    sections: [
      section('What a recovery needs', {
        kind: 'table',
        columns: ['What', 'State', 'What was seen', 'What to type'],
        rows: judged.lines.map(({ name, level, text, command }) => [
          { text: name, look: 'strong' },
          { text: level, mark: marks[level], tone: tones[level], look: 'short' },
          text,
          command ?? '',
        ]),
      }),
      section('Age of the newest backup of each tier', agesPicture(plan, stored, facts.at)),
      section('Sizes of the backups', sizesChart(plan, stored)),
      section('How long the backups took', backupTimesChart(plan, stored)),
      section('How long restores took', restoreTimesChart(plan, facts.restores, judged.rtoMs)),
      drillsSection(plan, facts, judged.rtoMs),
      recoveriesSection(plan, facts),
    ],
    foot: `Written by Kintsugi on ${day(at, zone)}: it tells nothing of what came after. Times are in ${zone}.`,
  };
}

function tilesOf({ zone }: Plan, { at, drills }: ReadinessFacts, judged: Readiness): Tile[] {
  const { backup, loseMs, rpoMs, take, rtoMs } = judged;
  const drill = drills.at(-1);
  return [
    {
      name: 'Data that would be lost (of RPO)',
      value: loseMs === null ? 'everything' : `up to ${words(loseMs)}`,
      text: `${words(rpoMs)} promised`,
      ...(loseMs === null ? {} : { gauge: loseMs / rpoMs }),
      verdict: loseMs !== null && loseMs <= rpoMs ? { text: 'kept', tone: 'good' } : { text: 'missed', tone: 'bad' },
    },
    {
      name: 'Time to recover (of RTO)',
      value: take === null ? 'not known' : `${take.whole ? '' : 'at least '}${rangeText(take)}`,
      text: `${words(rtoMs)} promised`,
      ...(take === null
        ? { verdict: { text: 'nothing was ever restored here', tone: 'doubt' as const } }
        : {
            gauge: take.highMs / rtoMs,
            verdict: take.highMs <= rtoMs ? { text: 'kept', tone: 'good' as const } : { text: 'missed', tone: 'bad' as const },
          }),
    },
    {
      name: 'Backup that would be taken',
      value: backup === null ? 'none' : clock(backup.takenAt, zone, at),
      text: backup?.id ?? '',
      ...(backup === null ? {} : { verdict: provenText(backup.standing.proven) }),
    },
    {
      name: 'Last drill',
      value: drill === undefined ? 'none yet' : clock(drill.startedAt, zone, at),
      text: drill === undefined ? '' : `${words(at - drill.startedAt)} ago`,
      ...(drill === undefined
        ? {}
        : { verdict: drill.well ? { text: 'passed', tone: 'good' as const } : { text: 'failed', tone: 'bad' as const } }),
    },
  ];
}

function provenText(proven: boolean): NonNullable<Tile['verdict']> {
  return proven ? { text: 'proven to restore', tone: 'good' } : { text: 'never proven to restore', tone: 'doubt' };
}
