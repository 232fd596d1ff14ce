import type { DrillDate } from '../../drills/dates.ts';
import type { Drill } from '../../drills/record.ts';
import { clock, span, words } from '../../text/time.ts';
import { drillNoun } from '../../workflows/drill-says.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import type { OutcomeLook } from './outcome.ts';
import { columnsOf, cut, pad } from './text.ts';

export interface ListedDrills {
  /** Newest first. */
  readonly drills: readonly Drill[];
  readonly dates: readonly DrillDate[];
  readonly next: readonly Pick<DrillDate, 'at' | 'kind'>[];
  /** Since when dates are watched over, ISO 8601; null: not yet. */
  readonly since: string | null;
}

type Row = {
  readonly at: number;
  readonly cells: readonly string[];
  readonly color: (text: string) => string;
  readonly more: string[];
};

/** @returns drills and the dates without one in one list, newest first, and what comes next. */
export function renderDrills({ drills, dates, next, since }: ListedDrills, look: OutcomeLook): string[] {
  const { zone, now, colors } = look;
  const rows = [
    ...drills.map((drill) => drillRow(drill, look)),
    ...dates.flatMap((date, at) => dateRow(date, dates.findIndex(({ kind }) => kind === date.kind) === at, look)),
  ].toSorted((a, b) => b.at - a.at);
  const widths = [0, 1, 2, 3].map((column) => Math.max(0, ...rows.map(({ cells }) => columnsOf(cells[column] ?? ''))));
  const lines = rows.flatMap(({ cells, color, more }) => {
    const text = cells.map((cell, at) => pad(cell, widths[at] ?? 0));
    text[2] = color(text[2] ?? '');
    return [`  ${text.join('  ')}`.trimEnd(), ...more.map((each) => colors.dim(`      ${each}`))];
  });
  return [
    ...(lines.length === 0 ? ['  No drill was held yet: kintsugi drill run'] : lines),
    ...next.map(({ at, kind }) => colors.dim(`  next ${drillNoun(kind)}: ${clock(at, zone, now)}`)),
    ...(next.length === 0 ? [colors.yellow('  The plan has no dates for drills: schedules.drill is off.')] : []),
    ...(since === null
      ? [colors.dim('  Dates without a drill show from the first look that Kintsugi takes at itself: kintsugi up')]
      : [colors.dim(`  Dates are watched over since ${clock(since, zone, now)}.`)]),
  ];
}

function drillRow({ begun, ended, signOffs }: Drill, { zone, now, colors }: OutcomeLook): Row {
  const outcome = ended?.outcome ?? 'no end';
  const color = {
    passed: colors.green,
    slow: colors.yellow,
    failed: colors.red,
    cancelled: colors.dim,
    'no end': colors.yellow,
  }[outcome];
  const marks = { passed: '✔', slow: '!', failed: '✖', cancelled: '–', 'no end': '▸' } as const;
  const signed = signOffs.at(-1);
  const time = ended?.rtaMs == null ? '' : `${span(ended.rtaMs)} of ${words(begun.rtoMs)}`;
  const backups = begun.backups.map(({ id, tier }) => `${id} (${tier})`).join(', ');
  return {
    at: Date.parse(begun.at),
    color,
    cells: [clock(begun.at, zone, now), drillNoun(begun.kind), `${marks[outcome]} ${outcome}`, time, shortRunId(begun.runId)],
    more: [
      ...(backups === '' ? [] : [backups]),
      ...(ended !== null && (outcome === 'failed' || outcome === 'slow') ? [cut(ended.text, 150)] : []),
      ...(ended === null ? ['it goes on, or it was terminated: kintsugi status'] : []),
      ...(signed === undefined
        ? ended === null || outcome === 'cancelled'
          ? []
          : ['not signed off']
        : [`${signed.verdict.replaceAll('-', ' ')} by ${signed.by}`]),
    ],
  };
}

function dateRow({ at, kind, state, drill }: DrillDate, newest: boolean, { zone, now, colors }: OutcomeLook): Row[] {
  if (state === 'held') return [];
  const madeUp = drill === null ? [] : [`made up for on ${clock(drill.begun.at, zone, 0)} (${shortRunId(drill.begun.runId)})`];
  const missed = state === 'missed';
  return [
    {
      at,
      color: missed ? colors.red : colors.yellow,
      cells: [clock(at, zone, now), drillNoun(kind), missed ? '✖ MISSED' : '▫ due', ''],
      more: [
        ...madeUp,
        ...(missed && newest && drill === null
          ? [`hold it now: kintsugi drill run${kind === 'annualTest' ? ' --annual' : ''}`]
          : []),
      ],
    },
  ];
}
