import { clock, clockWithSeconds } from '../../text/time.ts';
import type { Picture } from './document.ts';

const parts = 3;
const dayMs = 86_400_000;

/**
 * Begin, end and what is between them, in equal parts: few enough for a phone.
 *
 * @returns with seconds for minutes, as dates for days. The zone stands in the first one only: once is enough.
 */
export function ticksOf({ from, until }: { from: number; until: number }, zone: string): Picture['ticks'] {
  const length = until - from;
  return Array.from({ length: parts + 1 }, (_, part) => {
    const at = from + (length * part) / parts;
    if (length > parts * dayMs) return { at, text: clock(at, zone, 0).slice(0, 10) };
    const text = length < 10 * 60_000 ? clockWithSeconds(at, zone) : clock(at, zone, from);
    return { at, text: part === 0 ? text : text.replace(/ \S+$/, '') };
  });
}
