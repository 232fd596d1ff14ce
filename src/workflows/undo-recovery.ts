import { workflowInfo } from '@temporalio/workflow';
import { milliseconds } from '../plan/units.ts';
import { awaitApproval } from './approval.ts';
import { clearLeftovers } from './clear-leftovers.ts';
import { type ProcedureResult, type UndoInput, undoInput } from './contract.ts';
import { keepThenDrop } from './drop-replaced-database.ts';
import { parseInput } from './failure.ts';
import { act, look } from './proxies.ts';
import { startAndCheck, starterDecision } from './restore.ts';
import { type ProcedureKind, type ProcedureRun, runProcedure } from './run-procedure.ts';
import { clock } from './say.ts';

const kind: ProcedureKind = {
  type: 'undoRecovery',
  steps: [
    ['find', 'find what was replaced'],
    ['clearLeftovers', 'clear what terminated runs left'],
    ['findDependents', 'remember what runs'],
    ['approval', 'approval'],
    ['stopServices', 'stop services'],
    ['fence', 'fence'],
    ['swapBack', 'swap back'],
    ['startServices', 'start services'],
    ['health', 'application health'],
  ],
  disaster: 'databaseCorruption',
  problem: (database) => `a recovery of database ${database} is being undone`,
  impact: 'The application is stopped while its former database is put back.',
};

type Replaced = Awaited<ReturnType<typeof look.findReplaced>>;

/** Swaps the replaced database back. The database that the recovery brought is kept in turn, so an undo can be undone. */
export async function undoRecovery(rawInput: UndoInput): Promise<ProcedureResult> {
  const input = parseInput(undoInput, rawInput);
  const { workflowId, runId } = workflowInfo();
  const { plan } = await look.readPlan();
  const replaced = await look.findReplaced({ plan, database: plan.database.name, workflowId, runId, recovery: input.recovery });
  return runProcedure(kind, { ...input, database: replaced.database }, async (run) => {
    await swapBack(run, replaced, starterDecision({ ...input, reason: input.reason || 'undo' }, replaced.database));
    return { facts: {}, text: `${replaced.database} is as it was before ${input.recovery}` };
  });
}

async function swapBack(run: ProcedureRun, replaced: Replaced, starter: ReturnType<typeof starterDecision>): Promise<void> {
  const { plan, procedure, step, planning } = run;
  const { database, runId, workflowId } = step;
  run.stateAfter = (done) =>
    done.has('swapBack')
      ? 'The replaced database is live again; what the recovery brought is kept. To go back: kintsugi undo'
      : done.has('approval')
        ? 'The restored database stays live, and the services that ran before run again.'
        : 'Nothing was stopped or changed.';
  await procedure.step('find', async () => replaced, { note: (found) => `${found.name}, kept until ${clock(found.until)}` });
  if (planning) procedure.would('clearLeftovers', 'would remove unfinished copies, fences and job containers of terminated runs');
  else await clearLeftovers(procedure, step);
  const services = await procedure.step('findDependents', () => look.findDependents(step), { note: (found) => found.summary });
  if (planning) {
    procedure.would('stopServices', `would stop ${services.summary}`);
    procedure.would('fence', 'would refuse new sessions and end those there are');
    procedure.would(
      'swapBack',
      `would rename both in one transaction and keep what is live now for ${plan.backups.keepReplaced}`,
    );
    procedure.would('startServices', `would start ${services.summary} again`);
    return;
  }
  const startAgain = () => procedure.onUndo('start services', () => act.startServices({ ...step, services }));
  if (services.takenOver.length > 0) startAgain();
  await procedure.step('approval', () =>
    awaitApproval(procedure, {
      policy: plan.approvals[run.severity],
      starter,
      text: `Swap **${database}** of ${plan.stack.project} back to ${replaced.name}; what was written since is kept beside for ${plan.backups.keepReplaced}; stops ${services.summary}; plan ${run.planSha256.slice(0, 12)}. \`kintsugi approve ${workflowId} --by NAME --reason WHY\``,
      plan,
    }),
  );
  if (services.takenOver.length === 0) startAgain();
  await procedure.step('stopServices', () => act.stopServices({ ...step, services }), { note: () => services.summary });
  procedure.onUndo('lift the fence', () => act.liftFence(step));
  await procedure.step('fence', () => act.fence(step), { note: (found) => `${found.sessionsEnded} sessions ended` });
  const until = new Date(Date.now() + milliseconds(plan.backups.keepReplaced)).toISOString();
  const swapped = await procedure.step('swapBack', () => act.swapBack({ ...step, name: replaced.name, until }), {
    note: (found) => `the restored database is kept as ${found.replaced}`,
  });
  procedure.settle('lift the fence');
  if (swapped.replaced !== null)
    await keepThenDrop(plan.stack.project, { name: swapped.replaced, until, database, madeByRun: runId });
  await startAndCheck(run, services);
}
