import { clock } from '../../text/time.ts';
import type { Chart } from './document.ts';

type Column = Omit<Chart['columns'][number], 'at'> & {
  /** Milliseconds since 1970. */
  readonly time: number;
};

const mostTicks = 4;

/**
 * Columns side by side in their order: on a scale of time those of the last day would stand on one another beside those of last year.
 *
 * @param columns oldest first. @returns the columns of a chart, and dates below some of them.
 */
export function inOrder(columns: readonly Column[], zone: string): Pick<Chart, 'columns' | 'from' | 'until' | 'ticks'> {
  const last = columns.length - 1;
  const count = Math.min(mostTicks, columns.length);
  const marked = [...new Set(Array.from({ length: count }, (_, part) => Math.round((last * part) / Math.max(1, count - 1))))];
  const [first, end] = [columns[0]?.time ?? 0, columns.at(-1)?.time ?? 0];
  const isOneDay = clock(first, zone, 0).slice(0, 10) === clock(end, zone, 0).slice(0, 10);
  const textAt = (time: number) => (isOneDay ? clock(time, zone, 0).slice(11, 16) : clock(time, zone, 0).slice(0, 10));
  return {
    from: -0.5,
    until: last + 0.5,
    ticks: marked
      .map((at) => ({ at, text: textAt(columns[at]?.time ?? 0) }))
      .map(({ at, text }, index, all) => ({ at, text: text === all[index - 1]?.text ? '' : text })),
    columns: columns.map(({ time: _, ...column }, at) => ({ ...column, at })),
  };
}
