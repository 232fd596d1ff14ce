/** What the incidents came to: how late their timers were, and whether every message arrived once. */
import type { IncidentView } from '../../src/incident/contract.ts';

export interface IncidentRun {
  readonly incidents: number;
  readonly everyMs: number;
  readonly rounds: number;
  readonly cores: number;
  readonly startedAt: string;
  /** Load averages of the machine (1 minute) when it began and when it ended. */
  readonly load: { readonly before: number; readonly after: number };
  /** Milliseconds from when a call was due until the incident acted, of every call but the first. */
  readonly actedLate: readonly number[];
  /** Milliseconds from when a call was due until it was at its receiver. */
  readonly arrivedLate: readonly number[];
  readonly messages: number;
  /** Keys that are in an incident as sent, and never arrived; or calls that were due and not made. */
  readonly lost: readonly string[];
  /** Keys that arrived more than once. */
  readonly twice: readonly string[];
  /** Highest resident memory of the worker in bytes. */
  readonly workerBytes: number;
  /** Seconds of CPU that the worker and the Temporal server used. */
  readonly cpu: { readonly worker: number; readonly temporal: number };
}

/** @returns the value below which a share of the values is; NaN of none. @param share 0.99 for p99. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** @returns what the keys of the calls of a round look like: incident, level, round, recipient, channel. */
export function pageOf(round: number): RegExp {
  return new RegExp(`/\\d+/${round}/[^/]+/webhook$`);
}

/** What one incident shows, compared with what arrived. */
export interface Judged {
  readonly actedLate: number[];
  readonly arrivedLate: number[];
  readonly lost: string[];
}

/**
 * Compares an incident with what arrived of it. A call is due so long after the one before; the first is due when it is opened and
 * not counted, since no timer is behind it.
 *
 * @param rounds how many calls were due after the first. @param arrivals of this incident, by key.
 */
export function judgeIncident(
  view: IncidentView,
  arrivals: ReadonlyMap<string, number>,
  { everyMs, rounds }: { everyMs: number; rounds: number },
): Judged {
  const calls = view.timeline.filter(({ what }) => what.startsWith('calls ')).map(({ at }) => Date.parse(at));
  const judged: Judged = { actedLate: [], arrivedLate: [], lost: [] };
  for (let round = 1; round <= rounds; round += 1) {
    const before = calls[round - 1];
    const acted = calls[round];
    if (before === undefined || acted === undefined) {
      judged.lost.push(`${view.workflowId}: call ${round + 1} was not made`);
      continue;
    }
    const due = before + everyMs;
    judged.actedLate.push(acted - due);
    const pages = [...arrivals].filter(([key]) => pageOf(round + 1).test(key));
    if (pages.length === 0) judged.lost.push(`${view.workflowId}: call ${round + 1} did not arrive`);
    for (const [, at] of pages) judged.arrivedLate.push(at - due);
  }
  for (const { key, outcome } of view.attempts)
    if ((outcome === 'accepted' || outcome === 'delivered') && !arrivals.has(key)) judged.lost.push(key);
  return judged;
}
