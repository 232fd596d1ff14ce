import { incidentId } from '../incident/contract.ts';
import type { ObjectRule, RowRule } from '../plan/repairs.ts';
import { awaitApproval } from './approval.ts';
import { type RepairInput, type RepairResult, repairInput } from './contract.ts';
import { parseInput } from './failure.ts';
import { check, long } from './proxies.ts';
import {
  actionOf,
  countOf,
  type Found,
  findingsOf,
  isRepairable,
  madeNote,
  repairedNote,
  stepOf,
  summaryOf,
} from './repair-says.ts';
import { starterDecision } from './restore.ts';
import { shortRunId } from './run-id.ts';
import { type Done, type ProcedureKind, type ProcedureRun, runProcedure } from './run-procedure.ts';

const kind: ProcedureKind = {
  type: 'repairInconsistentData',
  steps: [
    ['find', 'find what is inconsistent'],
    ['approval', 'approval'],
    ['limits', 'a person agrees to what is beyond the limits'],
  ],
  disaster: 'default',
  problem: (database) => `data of database ${database} is inconsistent`,
  impact: 'The application runs; some of what it shows is wrong until it is repaired.',
};

/**
 * Repairs data by the rules of the plan (Scenario 3), while the application runs: finds and shows first, asks, copies each row
 * whole before it changes it, checks again. Whatever goes wrong, every row is put back; afterwards, `kintsugi undo` does.
 *
 * No backup is taken first: the quarantine holds each row that was touched, from the very transaction that touched it.
 *
 * @param rawInput every field has a default from the plan, so an empty input works.
 */
export async function repairInconsistentData(rawInput: RepairInput = {}): Promise<RepairResult> {
  const input = parseInput(repairInput, rawInput);
  return runProcedure(kind, input, (run) => repair(run, input));
}

type Request = ReturnType<typeof parseInput<typeof repairInput>>;

async function repair(run: ProcedureRun, request: Request): Promise<Done<{ repaired: number }>> {
  const { procedure, step, planning } = run;
  const { found } = await procedure.step(
    'find',
    () => check.findInconsistencies({ ...step, only: request.only, withNeeded: true }),
    {
      note: ({ found: all }) => summaryOf(all),
    },
  );
  const todo = found.filter(isRepairable);
  procedure.add([...todo.map((each) => [stepOf(each), `repair: ${each.rule.name}`] as const), ['checkAgain', 'check again']]);
  const beyond = todo.flatMap((each) => each.beyond ?? []);
  const findings = findingsOf(found);
  if (planning) {
    for (const each of todo) procedure.would(stepOf(each), `would ${actionOf(each)}: ${countOf(each)}`);
    procedure.would('limits', beyond.length === 0 ? 'within the limits' : `would ask a person: ${beyond.join('; ')}`);
    procedure.would(
      'checkAgain',
      todo.length === 0 ? 'nothing to repair' : 'would run the rules again, and put all back if a repair did not hold',
    );
    return { facts: { repaired: 0 }, text: summaryOf(found), findings };
  }
  if (todo.length === 0) {
    for (const name of ['approval', 'limits', 'checkAgain']) procedure.settled(name, 'not needed: nothing to repair');
    const left = found.some(({ count }) => count > 0);
    return { facts: { repaired: 0 }, text: summaryOf(found), findings, limited: left };
  }
  await approve(run, request, todo, beyond);
  const incident = request.incident ?? incidentId(run.plan.stack.project, `${kind.type}-${step.database}`);
  const done = await repairAll(run, todo, incident);
  const undo = `kintsugi undo ${step.workflowId}/${shortRunId(step.runId)}`;
  const wayBack = { title: 'to go back', text: `${undo} puts every row back as it was, for ${run.plan.repairs.keep}` };
  return { ...done, findings: [...findings, wayBack] };
}

async function approve(run: ProcedureRun, request: Request, todo: readonly Found[], beyond: readonly string[]): Promise<void> {
  const { plan, planSha256, procedure, step } = run;
  const policy = plan.approvals[run.severity];
  const what = todo.map((each) => `${each.rule.name}: ${actionOf(each)} (${countOf(each)})`).join('; ');
  const how = `Approve or refuse with your name and a reason: \`kintsugi approve ${step.workflowId} --by NAME --reason WHY\``;
  await procedure.step(
    'approval',
    () =>
      awaitApproval(procedure, {
        policy,
        starter: starterDecision(request, step.database),
        text: `Repair data of **${step.database}** of ${plan.stack.project}: ${what}; each row is kept as it was, services run; plan ${planSha256.slice(0, 12)}. ${how}`,
        plan,
      }),
    { note: () => procedure.approvals.map(({ by, reason }) => `${by}: ${reason}`).join('; ') || 'none needed' },
  );
  if (beyond.length === 0) {
    procedure.settled('limits', 'within the limits');
    return;
  }
  const before = procedure.approvals.length;
  await procedure.step(
    'limits',
    () =>
      awaitApproval(procedure, {
        policy: policy === 'none' ? 'one' : policy,
        // Who started it has agreed to a repair, and maybe not to one of this size.
        starter: null,
        text: `The repair of **${step.database}** is beyond the limits of the plan: ${beyond.join('; ')}. Is that so, or does a rule find too much? ${how}`,
        plan,
      }),
    {
      note: () =>
        procedure.approvals
          .slice(before)
          .map(({ by, reason }) => `${by}: ${reason}`)
          .join('; '),
    },
  );
}

async function repairAll(
  run: ProcedureRun,
  todo: readonly Found[],
  incident: string,
): Promise<Omit<Done<{ repaired: number }>, 'findings'>> {
  const { procedure, step } = run;
  const { workflowId, runId } = step;
  run.stateAfter = () =>
    'Every row that was repaired is put back as it was, and nothing was left in the schema. The services run.';
  procedure.onUndo('put the rows back', () => long.putBack({ ...step, of: { workflowId, runId }, changedSince: 'leave' }));
  let repaired = 0;
  let limited = false;
  for (const each of todo) {
    const { rule } = each;
    if ('objects' in rule) {
      const made = await procedure.step(stepOf(each), () => long.repairObjects({ ...step, rule: rule as ObjectRule, incident }), {
        note: madeNote,
      });
      limited ||= made.left.length > 0;
    } else {
      const done = await procedure.step(stepOf(each), () => long.repairRows({ ...step, rule: rule as RowRule, incident }), {
        note: repairedNote,
      });
      repaired += done.changed;
      limited ||= done.left + done.refusals > 0;
    }
  }
  const rules = todo.map(({ rule }) => rule);
  const again = await procedure.step('checkAgain', () => long.checkRepaired({ ...step, rules }), {
    note: ({ summary }) => summary,
  });
  procedure.settle('put the rows back');
  return {
    facts: { repaired },
    text: `${repaired} rows of ${step.database} are repaired; each is kept as it was`,
    limited: limited || again.remaining.length > 0,
  };
}
