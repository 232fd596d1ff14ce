import { CancellationScope, isCancellation } from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { failure } from './failure.ts';
import type { Procedure } from './steps.ts';
import { type ReportOf, writeReport } from './write-report.ts';

/**
 * The one way in which a procedure ends when it cannot go on: takes back what was done, last first, and says in what state
 * things are, in the failure, in the checklist and in the report.
 *
 * @param error what a step threw: a fault, or the cancellation.
 * @param stateOf tells from the names of the steps that are done in what state things are once all is taken back.
 * @param reportOf whose report is written; null of a run that only plans.
 * @returns what the workflow is to throw: the cancellation itself where all could be taken back, else a failure of ours.
 */
export async function endSafely(
  procedure: Procedure,
  error: unknown,
  stateOf: (done: ReadonlySet<string>) => string | undefined,
  reportOf: ReportOf | null,
): Promise<unknown> {
  const known = fromFailure(error);
  const done = new Set(
    procedure
      .progress()
      .steps.filter((step) => step.state === 'done')
      .map((step) => step.name),
  );
  const left = await procedure.unwind();
  const cancelled = isCancellation(error);
  const code = cancelled ? 'CANCELLED' : known.code;
  const message = cancelled ? 'A person cancelled it.' : known.message;
  const state =
    left.length > 0
      ? `Clean-up is not complete (${left.join('; ')}). Run: kintsugi doctor --mend`
      : (stateOf(done) ?? known.state);
  await CancellationScope.nonCancellable(async () =>
    procedure.phase(
      cancelled ? 'cancelled' : 'failed',
      (cancelled ? [state] : [message, state]).filter((part) => part !== undefined).join(' '),
    ),
  );
  const { hints } = known;
  if (reportOf !== null) await writeReport(procedure, reportOf, { failure: { code, message, state: state ?? null, hints } });
  if (cancelled && left.length === 0) return error;
  return failure(code, message, { ...(state === undefined ? {} : { state }), hints });
}
