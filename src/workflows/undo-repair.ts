import { workflowInfo } from '@temporalio/workflow';
import { awaitApproval } from './approval.ts';
import { type ProcedureResult, type UndoRepairInput, undoRepairInput } from './contract.ts';
import { failure, parseInput } from './failure.ts';
import { check, long } from './proxies.ts';
import { undoFindings } from './repair-says.ts';
import { starterDecision } from './restore.ts';
import { type Done, type ProcedureKind, type ProcedureRun, runProcedure } from './run-procedure.ts';

const kind: ProcedureKind = {
  type: 'undoRepair',
  steps: [
    ['look', 'look what is kept and what was written since'],
    ['approval', 'approval'],
    ['putBack', 'put the rows back'],
  ],
  disaster: 'default',
  problem: (database) => `a repair of database ${database} is being undone`,
  impact: 'The application runs; the data will be as it was before the repair.',
};

/**
 * Puts every row back that a repair changed or deleted, and takes back what it made in the schema. Rows that were written since
 * are listed, and nothing is done, unless it is told to leave or to overwrite them. The application keeps running.
 */
export async function undoRepair(rawInput: UndoRepairInput): Promise<ProcedureResult> {
  const input = parseInput(undoRepairInput, rawInput);
  return runProcedure(kind, input, (run) => undo(run, input));
}

type Request = ReturnType<typeof parseInput<typeof undoRepairInput>>;

async function undo(run: ProcedureRun, request: Request): Promise<Done<object>> {
  const { plan, procedure, step, planning } = run;
  const { recovery } = request;
  const seen = await procedure.step('look', () => check.lookAtUndo({ ...step, recovery }), {
    note: ({ rules, changedCount }) =>
      `${rules.reduce((sum, { rows }) => sum + rows, 0)} rows of ${rules.length} rules; ${changedCount} written since`,
  });
  const findings = undoFindings(seen);
  const { changedCount } = seen;
  const policy = request.changedSince;
  if (planning) {
    const written =
      changedCount === 0
        ? ''
        : policy === 'refuse'
          ? '; refuses, since rows were written since'
          : `; would ${policy} those written since`;
    procedure.would('putBack', `would put the rows back, the last repair first, past the table’s triggers${written}`);
    return { facts: {}, text: `${recovery} can be undone`, findings };
  }
  if (policy === 'refuse' && changedCount > 0) throw writtenSince(seen, recovery);
  await procedure.step('approval', () =>
    awaitApproval(procedure, {
      policy: plan.approvals[run.severity],
      starter: starterDecision({ ...request, reason: request.reason || 'undo' }, step.database),
      text: `Put back the rows of **${step.database}** of ${plan.stack.project} that ${recovery} repaired; they will be as wrong as before; plan ${run.planSha256.slice(0, 12)}. \`kintsugi approve ${workflowInfo().workflowId} --by NAME --reason WHY\``,
      plan,
    }),
  );
  run.stateAfter = (done) =>
    done.has('putBack')
      ? 'The rows are back as they were before the repair.'
      : 'Part of the rows may be put back already. Run the same undo again: it goes on where it stopped.';
  const back = await procedure.step(
    'putBack',
    () => long.putBack({ ...step, of: seen.run, changedSince: policy === 'refuse' ? 'leave' : policy }),
    { note: ({ summary }) => summary },
  );
  return { facts: {}, text: `${recovery} is undone: ${back.summary}`, findings, limited: back.left > 0 };
}

function writtenSince({ changedCount, changedSince }: Awaited<ReturnType<typeof check.lookAtUndo>>, recovery: string): Error {
  const few = changedSince.slice(0, 5).map(([table, key, why]) => `${table} ${key} ${why}`);
  return failure(
    'NOT_UNDOABLE',
    `${changedCount} rows were written since the repair: ${few.join('; ')}${changedCount > few.length ? '; …' : ''}.`,
    {
      state: 'Nothing was stopped or changed.',
      hints: [
        `kintsugi undo ${recovery} --changed leave       put the others back, leave these as they are`,
        `kintsugi undo ${recovery} --changed overwrite   put these back, too; what was written since is lost`,
      ],
    },
  );
}
