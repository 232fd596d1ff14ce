import type { Change } from '../../schedules/differences.ts';
import { clock, words } from '../../text/time.ts';
import type { Colors } from '../screen.ts';
import { columnsOf, pad } from './text.ts';

/** @returns each change with what differs and what was changed by hand; one line if nothing does. */
export function renderChanges(changes: readonly Change[], colors: Colors): string[] {
  const width = Math.max(0, ...changes.map(({ kind }) => columnsOf(kind)));
  const lines = changes.flatMap((change): string[] => {
    const name = pad(change.kind, width);
    switch (change.act) {
      case 'create':
        return [`  ${colors.green('+')} ${name}   ${change.times.join('; ')}`];
      case 'remove':
        return [`  ${colors.red('-')} ${name}   is not in the plan any more`, ...byHand(change.byHand, width, colors)];
      case 'update':
        return [
          ...change.differences.map(
            (difference, at) => `  ${colors.yellow('~')} ${at === 0 ? name : pad('', width)}   ${difference}`,
          ),
          ...byHand(change.byHand, width, colors),
        ];
      default:
        return [];
    }
  });
  const kept = changes.filter(({ act }) => act === 'keep').length;
  const rest = kept === 0 ? [] : [colors.dim(`  ${kept} ${kept === 1 ? 'is' : 'are'} as the plan says.`)];
  return [...lines, ...rest];
}

function byHand(differences: readonly string[], width: number, colors: Colors): string[] {
  return differences.map((difference) => colors.yellow(`    ${' '.repeat(width)}   changed by hand: ${difference}`));
}

export interface ListedSchedule {
  readonly kind: string;
  readonly id: string;
  readonly times: readonly string[];
  readonly paused: boolean;
  /** Why it is paused, or what its maker noted. */
  readonly note: string;
  /** ISO 8601; null if it has none. */
  readonly next: string | null;
  readonly last: { readonly at: string; readonly workflowId: string } | null;
  readonly missed: number;
  readonly skipped: number;
}

interface Look {
  readonly now: number;
  readonly zone: string;
  readonly colors: Colors;
}

/** @returns the schedules that the server has, each with its next and its last date. */
export function renderSchedules(schedules: readonly ListedSchedule[], look: Look): string[] {
  const { colors } = look;
  const width = Math.max(0, ...schedules.map(({ kind }) => columnsOf(kind)));
  const lines = schedules.flatMap((each) => {
    const mark = each.paused ? colors.yellow('‖') : colors.green('✔');
    const next = each.paused
      ? colors.yellow(`paused${each.note === '' ? '' : `: ${each.note}`}`)
      : `next ${when(each.next, look)}`;
    const counts = [
      ...(each.missed > 0 ? [`${each.missed} missed`] : []),
      ...(each.skipped > 0 ? [`${each.skipped} skipped, since one still ran`] : []),
    ];
    return [
      `  ${mark} ${colors.bold(pad(each.kind, width))}   ${next}; last ${when(each.last?.at ?? null, look)}${counts.length > 0 ? `; ${counts.join(', ')}` : ''}`,
      colors.dim(`    ${' '.repeat(width)}   ${each.times.join('; ')}`),
    ];
  });
  return [...(lines.length === 0 ? ['There are no schedules.', 'HINT: kintsugi schedules apply'] : lines)];
}

function when(iso: string | null, { now, zone }: Look): string {
  if (iso === null) return 'never';
  const left = Date.parse(iso) - now;
  return `${clock(iso, zone, now)} (${left < 0 ? `${words(-left)} ago` : `in ${words(left)}`})`;
}

/** Dates that come, of one kind or tier. */
export interface Coming {
  readonly name: string;
  /** ISO 8601. */
  readonly dates: readonly string[];
  /** Why it would not run then; empty if it will. */
  readonly but: string;
}

/** @returns the coming dates, those that come first first. */
export function renderNext(coming: readonly Coming[], look: Look): string[] {
  const { colors, zone } = look;
  const width = Math.max(0, ...coming.map(({ name }) => columnsOf(name)));
  return coming.map(({ name, dates, but }) => {
    const [first, ...then] = dates.map((date) => longClock(date, zone));
    const rest = then.length === 0 ? '' : colors.dim(`   then ${then.join(', ')}`);
    return `  ${colors.bold(pad(name, width))}   ${first ?? 'never'}${rest}${but === '' ? '' : colors.yellow(`   ${but}`)}`;
  });
}

/** @returns `Fri 2026-12-04 10:00 JST`: the weekday is what a first Friday is looked at for. */
function longClock(iso: string, zone: string): string {
  const day = new Intl.DateTimeFormat('en', { timeZone: zone, weekday: 'short' }).format(new Date(iso));
  return `${day} ${clock(iso, zone, 0)}`;
}
