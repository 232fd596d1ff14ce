import { clock, span, words } from '../../text/time.ts';
import type { ProcedureResult } from '../../workflows/contract.ts';
import type { IntentFacts } from '../commands/recover.ts';
import { table } from './text.ts';

/**
 * @param rows names of steps whose notes are shown, each with what stands before it.
 * @returns what a recovery of services would do, as lines: shown before the question, and by `--dry-run`.
 */
export function surveyNote(
  title: string,
  planned: ProcedureResult,
  { lastMs, now, loaded }: IntentFacts,
  rows: readonly (readonly [step: string, name: string])[],
): string[] {
  const last = lastMs === null ? 'not known yet: none ran before' : `about ${span(lastMs)} (the last one)`;
  const { rtoMs } = planned;
  return [
    title,
    ...table([
      ...rows.flatMap(([step, name]) => {
        const note = planned.steps.find((other) => other.name === step)?.note;
        return note ? [[name, note] as const] : [];
      }),
      ['takes', `${last}; RTO ${words(rtoMs)} ends ${clock(now + rtoMs, loaded.plan.zone, now)}`],
    ]),
  ];
}
