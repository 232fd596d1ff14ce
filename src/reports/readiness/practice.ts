import type { Plan } from '../../plan/schema.ts';
import type { ReadinessFacts } from '../../readiness/facts.ts';
import { words } from '../../text/time.ts';
import { inOrder } from '../document/columns.ts';
import type { Section } from '../document/document.ts';
import { section } from '../document/document.ts';
import { day, took } from '../say.ts';

const shown = 12;

/** @returns the drills over time against the RTO, and what each found. */
export function drillsSection({ zone, schedules }: Plan, { drills }: ReadinessFacts, rtoMs: number): Section {
  const newest = drills.slice(-shown);
  if (newest.length === 0) {
    const text =
      schedules.drill === 'off' ? 'The plan wants none, and there was none.' : 'There was none yet: kintsugi drill run';
    return section('Drills', { kind: 'text', tone: 'soft', text });
  }
  const columns = newest.map(({ workflowId, startedAt, well, rtaMs }) => ({
    time: startedAt,
    value: rtaMs ?? 0,
    look: well ? ('good' as const) : ('bad' as const),
    title: `${workflowId}: ${well ? 'passed' : 'failed'}${rtaMs === null ? '' : `, ${took(rtaMs)}`}`,
  }));
  return section(
    'Drills',
    {
      kind: 'chart',
      chart: {
        label: 'How long the recovery took in each drill, against the RTO',
        ...inOrder(columns, zone),
        limit: rtoMs,
        say: took,
        legend: [
          { look: 'good', text: 'passed' },
          { look: 'bad', text: 'failed' },
          { look: 'limit', text: `RTO ${words(rtoMs)}, where it is in reach` },
        ],
      },
    },
    {
      kind: 'table',
      columns: ['When', 'How it ended', 'Back in', 'Age of its backup', 'What it found'],
      rows: newest
        .toReversed()
        .map(({ startedAt, well, rtaMs, rpaMs, text }) => [
          { text: day(new Date(startedAt).toISOString(), zone), look: 'short' },
          { text: well ? 'passed' : 'failed', mark: well ? '✔' : '✖', tone: well ? 'good' : 'bad', look: 'short' },
          rtaMs === null ? '' : took(rtaMs),
          rpaMs === null ? '' : words(rpaMs),
          text,
        ]),
    },
  );
}

/** @returns the recoveries that really were. */
export function recoveriesSection({ zone }: Plan, { recoveries }: ReadinessFacts): Section {
  return section('Recoveries on record', {
    kind: 'table',
    columns: ['Ended', 'Procedure', 'How it ended', 'Back in', 'Data lost'],
    rows: recoveries
      .slice(-shown)
      .toReversed()
      .map(({ endedAt, procedure, well, rtaMs, rpaMs }) => [
        { text: day(new Date(endedAt).toISOString(), zone), look: 'short' },
        procedure,
        { text: well ? 'well' : 'failed', mark: well ? '✔' : '✖', tone: well ? 'good' : 'bad', look: 'short' },
        rtaMs === null ? '' : took(rtaMs),
        rpaMs === null ? '' : words(rpaMs),
      ]),
  });
}
