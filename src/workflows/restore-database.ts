import type { RestoreInput, RestoreResult } from './contract.ts';
import { restoreInput } from './contract.ts';
import { parseInput } from './failure.ts';
import { restore, restoreSteps } from './restore.ts';
import { type ProcedureKind, runProcedure } from './run-procedure.ts';

const kind: ProcedureKind = {
  type: 'restoreDatabase',
  steps: restoreSteps,
  disaster: 'databaseCorruption',
  problem: (database) => `database ${database} is being restored`,
  impact: 'The application is stopped while its database is restored.',
};

/**
 * Brings a lost or broken database back from a backup: restores beside the live one, verifies, swaps the names in one
 * transaction, and keeps what was replaced. Nothing is dropped before its replacement is verified.
 *
 * @param rawInput every field has a default from the plan, so an empty input works.
 */
export async function restoreDatabase(rawInput: RestoreInput = {}): Promise<RestoreResult> {
  const input = parseInput(restoreInput, rawInput);
  return runProcedure(kind, input, async (run) => {
    const { facts, rtaMs, rpaMs, limited } = await restore(run, input);
    return { facts, text: `${run.step.database} is back from ${facts.backup.id}`, rtaMs, rpaMs, limited };
  });
}
