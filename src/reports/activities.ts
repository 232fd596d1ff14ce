import type { EvidenceLine } from '../evidence/line.ts';
import type { HistoryActivity, RunHistory } from './run-history.ts';

/** One attempt of an activity, as the evidence or else Temporal's history tells it. */
export interface Attempt {
  readonly number: number;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** `lost`: nobody wrote down how it ended, for its worker died. */
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'running' | 'lost';
  readonly code: string | null;
  readonly message: string | null;
  readonly worker: string | null;
}

export interface ActivityRun {
  readonly id: string;
  readonly name: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly attempts: readonly Attempt[];
  /** What it answered in the end; null if it did not. */
  readonly result: unknown;
}

/**
 * Puts together what the evidence and Temporal's history know of each activity of a run. The history keeps the last attempt only,
 * the evidence every attempt whose worker lived to write it down.
 *
 * @param isOver whether the run has ended: an attempt without an end is then lost, else it may still run.
 * @returns the activities in the order in which they began.
 */
export function activitiesOf(history: RunHistory | null, lines: readonly EvidenceLine[], isOver: boolean): ActivityRun[] {
  const byId = new Map<string, { scheduled: HistoryActivity | null; lines: EvidenceLine[] }>();
  for (const scheduled of history?.activities ?? []) byId.set(scheduled.id, { scheduled, lines: [] });
  for (const line of lines) {
    const known = byId.get(line.activityId);
    if (known === undefined) byId.set(line.activityId, { scheduled: null, lines: [line] });
    else known.lines.push(line);
  }
  return [...byId.entries()]
    .map(([id, known]) => activityOf(id, known, isOver))
    .toSorted((a, b) => (a.startedAt ?? '').localeCompare(b.startedAt ?? ''));
}

function activityOf(
  id: string,
  { scheduled, lines }: { scheduled: HistoryActivity | null; lines: readonly EvidenceLine[] },
  isOver: boolean,
): ActivityRun {
  const attempts: Attempt[] = [];
  const last = Math.max(scheduled?.attempts ?? 0, ...lines.map((line) => line.attempt));
  for (let number = 1; number <= last; number += 1) {
    const written = lines.filter((line) => line.attempt === number);
    attempts.push(...written.map(attemptOf));
    if (written.length === 0) attempts.push(withoutLine(number, scheduled, isOver));
  }
  const answer = lines.find((line) => line.outcome === 'done')?.result;
  return {
    id,
    name: scheduled?.name ?? lines[0]?.activity ?? '',
    startedAt: scheduled?.scheduledAt ?? attempts.find((attempt) => attempt.startedAt !== null)?.startedAt ?? null,
    endedAt: scheduled?.endedAt ?? attempts.at(-1)?.endedAt ?? null,
    attempts,
    result: scheduled?.outcome === 'done' ? scheduled.result : (answer ?? null),
  };
}

function attemptOf(line: EvidenceLine): Attempt {
  return {
    number: line.attempt,
    startedAt: line.startedAt,
    endedAt: line.endedAt,
    outcome: line.outcome,
    code: line.code ?? null,
    message: line.message ?? null,
    worker: line.worker,
  };
}

function withoutLine(number: number, scheduled: HistoryActivity | null, isOver: boolean): Attempt {
  const nothing = { number, startedAt: null, endedAt: null, code: null, message: null, worker: null };
  if (scheduled === null || number < scheduled.attempts) return { ...nothing, outcome: 'lost' };
  const { startedAt, endedAt, outcome, failure, worker } = scheduled;
  const ended = outcome === 'timedOut' || (outcome === 'running' && isOver) ? 'lost' : outcome;
  return { number, startedAt, endedAt, outcome: ended, code: failure?.code ?? null, message: failure?.message ?? null, worker };
}
