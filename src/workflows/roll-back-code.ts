import { type ProcedureResult, type RollBackInput, type RolledBack, rollBackInput } from './contract.ts';
import { parseInput } from './failure.ts';
import { rollBack, rollBackSteps } from './roll-back.ts';
import { type ProcedureKind, runProcedure } from './run-procedure.ts';

const kind: ProcedureKind = {
  type: 'rollBackCode',
  steps: rollBackSteps,
  disaster: 'default',
  problem: (_database, project) => `the code of ${project} is being rolled back`,
  impact: 'The application restarts with the code of an earlier commit.',
};

/**
 * Brings the application back to the code of the last commit that was deployed and healthy, or of the one that is given. Images are
 * built before anything is stopped; those that are replaced are kept under a name of their own.
 *
 * @param rawInput every field has a default from the plan and the records, so an empty input works.
 */
export async function rollBackCode(rawInput: RollBackInput = {}): Promise<ProcedureResult & RolledBack> {
  const input = parseInput(rollBackInput, rawInput);
  return runProcedure(kind, input, async (run) => {
    const facts = await rollBack(run, input);
    return { facts, text: `the code is that of ${facts.code?.commit.slice(0, 12)} again` };
  });
}
