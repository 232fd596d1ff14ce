import { activitiesOf } from './activities.ts';
import { answerOf } from './answers.ts';
import type { Witness } from './integrity.ts';
import type { Report } from './report.ts';
import type { RunHistory } from './run-history.ts';

/** @returns who else kept the end of a run's evidence: the report that the worker wrote, and the answer that Temporal stores. */
export function witnessesOf(written: Report | null, history: RunHistory | null): Witness[] {
  const answered = history === null ? null : answerOf(activitiesOf(history, [], true), 'writeReport');
  return [
    ...(written === null
      ? []
      : [
          {
            who: `the report written on ${written.madeAt.slice(0, 10)}`,
            lines: written.evidence.lines,
            head: written.evidence.head,
          },
        ]),
    ...(answered === null ? [] : [{ who: 'what Temporal stored', lines: answered.lines, head: answered.head }]),
  ];
}
