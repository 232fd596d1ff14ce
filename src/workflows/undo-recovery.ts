import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { milliseconds } from '../plan/units.ts';
import { awaitApproval } from './approval.ts';
import { clearLeftovers } from './clear-leftovers.ts';
import { type Progress, type UndoInput, undoInput } from './contract.ts';
import { keepThenDrop } from './drop-replaced-database.ts';
import { endSafely } from './end-safely.ts';
import { parseInput } from './failure.ts';
import { takeLock } from './lock.ts';
import { act, look } from './proxies.ts';
import { searchAttributes } from './search-attributes.ts';
import { Procedure } from './steps.ts';
import { writeReport } from './write-report.ts';

const steps = [
  ['find', 'find what was replaced'],
  ['clearLeftovers', 'clear what terminated runs left'],
  ['approval', 'approval'],
  ['findDependents', 'remember what runs'],
  ['stopServices', 'stop services'],
  ['fence', 'fence'],
  ['swapBack', 'swap back'],
  ['startServices', 'start services'],
  ['health', 'application health'],
] as const;

/** Swaps the replaced database back. The database that the recovery brought is kept in turn, so an undo can be undone. */
export async function undoRecovery(rawInput: UndoInput): Promise<Progress> {
  const input = parseInput(undoInput, rawInput);
  const { workflowId, runId } = workflowInfo();
  const { plan } = await look.readPlan();
  const { project } = plan.stack;
  const replaced = await look.findReplaced({ plan, database: plan.database.name, workflowId, runId, recovery: input.recovery });
  const { database } = replaced;
  const step = { plan, database, workflowId, runId };
  const rtoMs = milliseconds(plan.objectives.default.rto);
  const procedure = new Procedure({ procedure: 'undoRecovery', stack: project, database, severity: 'P1', rtoMs }, steps);
  upsertSearchAttributes([
    { key: searchAttributes.stack, value: project },
    { key: searchAttributes.procedure, value: 'undoRecovery' },
  ]);
  await takeLock(project, 'undoRecovery', input.requestedBy);
  try {
    await procedure.step('find', async () => replaced, { note: (found) => `${found.name}, kept until ${found.until}` });
    await clearLeftovers(procedure, step);
    await procedure.step('approval', () =>
      awaitApproval(procedure, {
        policy: plan.approvals.P1,
        starter:
          input.confirm === database && input.requestedBy !== ''
            ? { by: input.requestedBy, reason: input.reason || 'undo' }
            : null,
        text: `Swap ${database} back to ${replaced.name}. \`kintsugi approve ${workflowId} --by NAME --reason WHY\``,
        plan,
      }),
    );
    const services = await procedure.step('findDependents', () => look.findDependents(step), { note: (found) => found.summary });
    procedure.onUndo('start services', () => act.startServices({ ...step, services }));
    await procedure.step('stopServices', () => act.stopServices({ ...step, services }), { note: () => services.summary });
    procedure.onUndo('lift the fence', () => act.liftFence(step));
    await procedure.step('fence', () => act.fence(step), { note: (found) => `${found.sessionsEnded} sessions ended` });
    const until = new Date(Date.now() + milliseconds(plan.backups.keepReplaced)).toISOString();
    const swapped = await procedure.step('swapBack', () => act.swapBack({ ...step, name: replaced.name, until }), {
      note: (found) => `the restored database is kept as ${found.replaced}`,
    });
    procedure.settle('lift the fence');
    if (swapped.replaced !== null) await keepThenDrop(project, { name: swapped.replaced, until, database, madeByRun: runId });
    await procedure.step('startServices', () => act.startServices({ ...step, services }), {
      note: (found) => `${found.started} containers healthy`,
    });
    procedure.settle('start services');
    if (plan.health.length === 0) procedure.skip('health', 'the plan names no health address');
    else await procedure.step('health', () => act.checkHealth(step), { note: (found) => found.summary });
    procedure.phase('completed');
    await writeReport(procedure, { step, input }, { failure: null });
    return procedure.progress();
  } catch (error) {
    throw await endSafely(
      procedure,
      error,
      (done) =>
        done.has('swapBack')
          ? 'The replaced database is live again; what the recovery brought is kept. To go back: kintsugi undo'
          : done.has('approval')
            ? 'The restored database stays live, and the services that ran before run again.'
            : 'Nothing was stopped or changed.',
      { step, input },
    );
  }
}
