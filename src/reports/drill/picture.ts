import { words } from '../../text/time.ts';
import { drillNoun } from '../../workflows/drill-says.ts';
import type { Look, Picture } from '../document/document.ts';
import * as say from '../say.ts';
import type { PastDrill } from './report.ts';

const outcomeLooks: Readonly<Record<PastDrill['outcome'], Look>> = {
  passed: 'good',
  slow: 'doubt',
  failed: 'bad',
  cancelled: 'quiet',
  unknown: 'soft',
  missed: 'bad',
};

/** An objective that is further than so many times the longest drill would press all bars to the edge. */
const furthestLimit = 4;

/** @returns each drill at its date, and each date without one; null while there are fewer than two. */
export function datesPicture(past: readonly PastDrill[], zone: string): Picture | null {
  const [first, last] = [past[0], past.at(-1)];
  if (first === undefined || last === undefined || past.length < 2) return null;
  const [begin, end] = [Date.parse(first.at), Date.parse(last.at)];
  const margin = Math.max(60_000, (end - begin) / 40);
  const [from, until] = [begin - margin, end + margin];
  const kinds = [...new Set(past.map(({ kind }) => kind))];
  return {
    label: 'Drills at their dates, and dates without one',
    from,
    until,
    ticks: [0, 0.5, 1].map((part) => {
      const at = from + (until - from) * part;
      return { at, text: say.day(new Date(at).toISOString(), zone).slice(0, 10) };
    }),
    lanes: kinds.map((kind) => ({
      name: `${drillNoun(kind)}s`,
      bars: [],
      dots: past
        .filter((each) => each.kind === kind)
        .map(({ at, outcome }) => ({
          at: Date.parse(at),
          look: outcomeLooks[outcome],
          title: `${say.day(at, zone)}: ${outcome}`,
        })),
    })),
    limit: null,
    legend: [...new Set(past.map(({ outcome }) => outcome))].map((outcome) => ({ look: outcomeLooks[outcome], text: outcome })),
  };
}

/** @returns how long each drill took to recover, under each other, against the RTO. */
export function timesPicture(past: readonly PastDrill[], zone: string): Picture | null {
  const timed = past.flatMap((each) => (each.rtaMs === null ? [] : [{ ...each, rtaMs: each.rtaMs }]));
  if (timed.length === 0) return null;
  const longest = Math.max(...timed.map(({ rtaMs }) => rtaMs));
  const rtoMs = timed.at(-1)?.rtoMs ?? null;
  const isNear = rtoMs !== null && rtoMs <= furthestLimit * longest;
  const until = (isNear ? Math.max(longest, rtoMs) : longest) * 1.05;
  return {
    label: 'Time to recover in each drill',
    from: 0,
    until,
    ticks: [0, 1 / 3, 2 / 3, 1].map((part) => ({ at: until * part, text: part === 0 ? '0' : say.took(until * part) })),
    lanes: timed.map(({ at, outcome, rtaMs, isThis }) => ({
      name: `${say.day(at, zone).slice(0, 16)}${isThis ? ' (this)' : ''}`,
      bars: [{ from: 0, until: rtaMs, look: outcomeLooks[outcome], title: `${say.took(rtaMs)}, ${outcome}` }],
      dots: [],
    })),
    limit: isNear ? { at: rtoMs } : null,
    legend: [
      ...[...new Set(timed.map(({ outcome }) => outcome))].map((outcome) => ({ look: outcomeLooks[outcome], text: outcome })),
      ...(rtoMs === null
        ? []
        : [{ look: 'limit' as const, text: `RTO ${words(rtoMs)}${isNear ? '' : ', beyond this picture'}` }]),
    ],
  };
}
