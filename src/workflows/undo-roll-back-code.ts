import { workflowInfo } from '@temporalio/workflow';
import { type ProcedureResult, type UndoInput, undoInput } from './contract.ts';
import { parseInput } from './failure.ts';
import { look } from './proxies.ts';
import { type ProcedureKind, runProcedure } from './run-procedure.ts';
import { clock } from './say.ts';
import { switchCode, switchSteps } from './switch-code.ts';

const kind: ProcedureKind = {
  type: 'undoRollBackCode',
  steps: [['find', 'find what was replaced'], ...switchSteps],
  disaster: 'default',
  problem: (_database, project) => `a code rollback of ${project} is being undone`,
  impact: 'The application restarts with the images that it had before the rollback.',
};

/** Switches back to the images that a code rollback replaced. Those that run now are kept in turn, so an undo can be undone. */
export async function undoRollBackCode(rawInput: UndoInput): Promise<ProcedureResult> {
  const input = parseInput(undoInput, rawInput);
  const { workflowId, runId } = workflowInfo();
  const { plan } = await look.readPlan();
  const step = { plan, database: plan.database.name, workflowId, runId };
  const record = await look.findSwitch({ ...step, recovery: input.recovery });
  const images = record.switches.flatMap(({ service, from }) => (from === null ? [] : [{ service, id: from }]));
  return runProcedure(kind, input, async (run) => {
    run.stateAfter = () => 'Nothing was stopped or changed.';
    await run.procedure.step('find', async () => record, {
      note: ({ switches, at }) => `${switches.map(({ keptAs }) => keptAs).join(', ')}, replaced ${clock(at)}`,
    });
    if (run.planning) {
      const services = images.map(({ service }) => service).join(' ');
      run.procedure.would('schema', 'would take the schema to what those images bring, if it is another one');
      run.procedure.would('switch', `would make the containers of ${services} anew, of the images that were replaced`);
      run.procedure.would('startServices', 'would wait until they are healthy, and go back if not');
      return { facts: {}, text: '' };
    }
    const what = `Bring back the images that ${input.recovery} replaced`;
    const starter = { ...input, reason: input.reason || 'undo' };
    await switchCode(run, { images, commit: null, keepSchema: record.schema === null, what }, starter);
    return { facts: {}, text: `the images are those of before ${input.recovery}` };
  });
}
