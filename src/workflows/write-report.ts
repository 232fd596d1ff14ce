import { CancellationScope, isCancellation, log } from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import type { ProcedureRecord } from './contract.ts';
import { look } from './proxies.ts';
import type { Procedure } from './steps.ts';

/** For whom a report is written: what every activity of the procedure gets, and the procedure's own input. */
export interface ReportOf {
  readonly step: Omit<Parameters<typeof look.writeReport>[0], 'record'>;
  readonly input: ProcedureRecord['input'];
}

/** What a procedure adds to what its steps tell. */
export type RecordFacts = Partial<Omit<ProcedureRecord, 'input' | 'endedAt'>> & Pick<ProcedureRecord, 'failure'>;

/**
 * Writes the report of a procedure that has ended, also of one that was cancelled. A report that can't be written does not change
 * how the procedure ended: `kintsugi report` makes it later from the history and the evidence.
 *
 * @returns the path of the page; null if it could not be written.
 */
export async function writeReport(procedure: Procedure, of: ReportOf, facts: RecordFacts): Promise<string | null> {
  const record = { ...procedure.progress(), input: of.input, endedAt: new Date().toISOString(), ...facts };
  try {
    const written = await CancellationScope.nonCancellable(() => look.writeReport({ ...of.step, record }));
    return written.path;
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`the report could not be written: ${fromFailure(error).message}`);
    return null;
  }
}
