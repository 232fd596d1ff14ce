import type { ProcedureRecord, Progress } from '../workflows/contract.ts';
import type { Outcome, OutcomeState } from './report.ts';
import type { RunHistory } from './run-history.ts';

/** What is known of how a run ended, best first: the procedure's own record, then Temporal's history. */
export interface EndFacts {
  readonly history: RunHistory | null;
  readonly record: ProcedureRecord | null;
  /** Of a run that goes on: what it last said. */
  readonly progress: Progress | null;
}

/** @returns how a run ended, and in what state it left things. */
export function outcomeOf(facts: EndFacts): Outcome {
  const state = stateOf(facts);
  const failure = facts.record?.failure ?? facts.history?.failure ?? null;
  const said = failure === null ? null : [failure.message, failure.state].filter((part) => part !== null).join(' ');
  return {
    state,
    sentence: said ?? facts.record?.message ?? facts.progress?.message ?? withoutSteps(facts.record) ?? sentences[state],
    code: failure?.code ?? null,
    hints: failure?.hints ?? (state === 'terminated' || state === 'timedOut' ? ['kintsugi doctor --mend'] : []),
  };
}

function withoutSteps(record: ProcedureRecord | null): string | null {
  const left = (record?.steps ?? []).filter((step) => step.state === 'skipped');
  if (left.length === 0) return null;
  return `It was done without: ${left.map(({ title, note }) => (note === undefined ? title : `${title} (${note})`)).join(', ')}.`;
}

const sentences: Readonly<Record<OutcomeState, string>> = {
  completed: 'Every step was done and verified.',
  completedWithSkippedSteps: 'It was done, but not everything could be compared: see what was verified.',
  failed: 'It failed.',
  refused: 'A person refused it.',
  cancelled: 'A person cancelled it; what it had done was taken back.',
  terminated:
    'It was terminated from outside, so it could not clean up: services may be stopped and a scratch database may be left.',
  timedOut: 'Temporal ended it because its time was over, so it could not clean up.',
  running: 'It is still running.',
  waitingForApproval: 'It waits for a person’s approval; nothing was stopped or changed.',
  unknown:
    'The evidence tells no end: it still runs, or it was terminated from outside and could not clean up. Temporal, if it can be asked, knows.',
};

function stateOf({ history, record, progress }: EndFacts): OutcomeState {
  const code = record?.failure?.code ?? history?.failure?.code;
  if (code === 'REFUSED') return 'refused';
  if (history !== null && (history.status === 'terminated' || history.status === 'timedOut')) return history.status;
  if (record !== null) return record.phase;
  if (history === null) return 'unknown';
  const asks = progress?.phase === 'waitingForApproval' && progress.choices === undefined;
  if (history.status === 'running') return asks ? 'waitingForApproval' : 'running';
  return history.status === 'continued' ? 'running' : code === 'CANCELLED' ? 'cancelled' : history.status;
}
