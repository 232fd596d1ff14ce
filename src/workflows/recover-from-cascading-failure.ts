import { isCancellation } from '@temporalio/workflow';
import type { z } from 'zod';
import { isFull } from '../diagnosis/disk.ts';
import { neededBy } from '../diagnosis/down.ts';
import type { StackFacts } from '../diagnosis/facts.ts';
import { fromFailure } from '../errors/failure.ts';
import { awaitApproval } from './approval.ts';
import {
  type CascadeSeen,
  daemonText,
  diskFullError,
  findingsOf,
  leftText,
  notUp,
  sayCascadePlan,
  surveyText,
} from './cascade-says.ts';
import { clearLeftovers } from './clear-leftovers.ts';
import { type CascadeInput, cascadeInput, type ServicesResult } from './contract.ts';
import { failure, parseInput } from './failure.ts';
import { act, daemon, engine, look } from './proxies.ts';
import { starterDecision } from './restore.ts';
import { type Done, type ProcedureKind, type ProcedureRun, runProcedure, withItsOwnState } from './run-procedure.ts';

const kind: ProcedureKind = {
  type: 'recoverFromCascadingFailure',
  steps: [
    ['survey', 'see what is down'],
    ['approval', 'approval'],
    ['freeDisk', 'free disk space'],
    ['docker', 'Docker daemon'],
    ['networks', 'networks'],
    ['database', 'start the database server'],
    ['clearLeftovers', 'clear what terminated runs left'],
    ['startServices', 'start the other services'],
    ['health', 'application health'],
  ],
  disaster: 'networkPartition',
  problem: (_database, project) => `several services of ${project} are down`,
  impact: 'The application can’t be used.',
};

type Facts = Pick<ServicesResult, 'left'>;

/**
 * Scenario 4: containers down, daemon down, network lost, disk full. Frees disk space in order of harmlessness and never a volume,
 * brings back Docker, the networks and the services, each when what it depends on is healthy. What is well stays as it is.
 *
 * @param rawInput every field has a default from the plan, so an empty input works.
 */
export async function recoverFromCascadingFailure(rawInput: CascadeInput = {}): Promise<ServicesResult> {
  const input = parseInput(cascadeInput, rawInput);
  return runProcedure<Facts>(kind, input, (run) => bringBack(run, input));
}

async function bringBack(run: ProcedureRun, input: z.output<typeof cascadeInput>): Promise<Done<Facts>> {
  const { plan, procedure, step, planning } = run;
  const { project } = plan.stack;
  run.stateAfter = (done) =>
    done.has('approval')
      ? `What runs goes on running; nothing was taken away but what stands under “${kind.steps[2]?.[1]}”. To go on: kintsugi recover cascade`
      : 'Nothing was stopped or changed.';
  const [facts, would] = await procedure.step(
    'survey',
    async () => [await look.surveyStack(step), await look.planFreeDisk(step)] as const,
    { note: ([found]) => surveyText(found) },
  );
  refuseUnreadable(facts);
  const oneByOne = input.oneByOne ?? facts.containers.some(({ outOfMemory }) => outOfMemory);
  const seen: CascadeSeen = { facts, would, oneByOne, plan };
  if (planning) {
    sayCascadePlan(procedure, seen);
    return { facts: { left: [] }, text: '', findings: findingsOf(procedure, seen) };
  }
  await procedure.step(
    'approval',
    () =>
      awaitApproval(procedure, {
        policy: plan.approvals[run.severity],
        starter: starterDecision(input, step.database),
        text: approvalText(run, seen),
        plan,
      }),
    { note: () => procedure.approvals.map((answer) => `${answer.by}: ${answer.reason}`).join('; ') || 'none needed' },
  );
  let freed = await procedure.step('freeDisk', () => act.freeDisk(step), { note: (found) => found.summary });
  if (facts.docker.answers) procedure.settled('docker', 'it answers');
  else {
    await procedure.step('docker', () => daemon.restartDocker(step), { note: daemonText });
    if (freed.short.length > 0) {
      // What only Docker can free could not go before.
      procedure.add([['freeMore', 'free more disk space']]);
      const before = freed;
      const more = await procedure.step('freeMore', () => act.freeDisk(step), { note: (found) => found.summary });
      freed = { ...more, freed: [...before.freed, ...more.freed], bytes: before.bytes + more.bytes };
    }
  }
  const full = freed.short.find((disk) => isFull(disk) && disk.of.some((what) => what === 'the database' || what === 'Docker'));
  if (full !== undefined) throw withItsOwnState(run, diskFullError(full, freed, plan.host.free));
  await procedure.step('networks', () => withDocker(run, () => engine.mendNetworks(step)), { note: (found) => found.summary });
  // Alone and first: behind a fence that a terminated run left, what depends on the database would never become healthy.
  const server = await procedure.step(
    'database',
    () => withDocker(run, () => engine.startStack({ ...step, oneByOne, only: serverServices(seen) })),
    { note: (found) => found.summary },
  );
  if (server.left.some(({ service }) => service === plan.database.service))
    procedure.settled('clearLeftovers', 'not without the database server');
  else await clearLeftovers(procedure, step);
  const rest = await procedure.step(
    'startServices',
    async () => {
      const started = await withDocker(run, () => engine.startStack({ ...step, oneByOne, left: server.left }));
      // What such a run had stopped runs again by now: its note of that can go.
      if (started.left.length === 0) await act.clearLeftovers({ ...step, scope: 'all' });
      return started;
    },
    { note: (found) => found.summary },
  );
  const brought = {
    ...rest,
    started: [...server.started, ...rest.started],
    crashRecovery: rest.crashRecovery ?? server.crashRecovery,
  };
  const { left } = brought;
  const databaseDown = left.find(({ service }) => service === plan.database.service);
  if (databaseDown !== undefined) throw withItsOwnState(run, notUp(databaseDown, brought.up, plan));
  await checkApplication(run, left.length > 0);
  const text = leftText(left);
  return {
    facts: { left },
    text: `${project} is up: ${brought.up} containers, ${brought.started.length} started`,
    findings: findingsOf(procedure, seen, { freed, brought }),
    ...(text === null ? {} : { left: text }),
  };
}

function refuseUnreadable({ composeProblem }: StackFacts): void {
  if (composeProblem === null) return;
  throw failure('COMPOSE_INVALID', composeProblem, {
    state: 'Nothing was stopped or changed: without its Compose file nobody knows what belongs to the stack.',
    hints: ['kintsugi plan check'],
  });
}

/** The database server, and what it waits for. */
function serverServices({ facts, plan }: CascadeSeen): string[] {
  return [...neededBy(facts, plan.database.service), plan.database.service];
}

/** How often Docker is brought back in one procedure. */
const rounds = 3;

/** Does what needs Docker. If it dies meanwhile it is restarted, as was approved, and what is left is done. */
async function withDocker<T>(run: ProcedureRun, work: () => Promise<T>): Promise<T> {
  for (let round = 1; ; round += 1) {
    try {
      return await work();
    } catch (error) {
      const { code } = fromFailure(error);
      if (isCancellation(error) || code !== 'DOCKER_UNREACHABLE' || round >= rounds) throw error;
      const restarted = await daemon.restartDocker(run.step);
      run.procedure.settled('docker', `it died and was brought back: ${daemonText(restarted)}`);
    }
  }
}

/** With a service down, an application that does not answer is no news, and no reason to fail what did work. */
async function checkApplication({ plan, procedure, step }: ProcedureRun, isPartly: boolean): Promise<void> {
  if (plan.health.length === 0) {
    procedure.skip('health', 'the plan names no health address');
    return;
  }
  try {
    await procedure.step('health', () => act.checkHealth(step), { note: (found) => found.summary });
  } catch (error) {
    const { code, message } = fromFailure(error);
    if (isCancellation(error) || !isPartly || code !== 'HEALTH_FAILED') throw error;
    procedure.skip('health', message);
  }
}

function approvalText({ planSha256, step, plan }: ProcedureRun, { facts, would, oneByOne }: CascadeSeen): string {
  const others =
    facts.others.length === 0 ? 'no others run on this machine' : `others run on this machine: ${facts.others.join(', ')}`;
  const restart = facts.docker.answers
    ? `restarts Docker only should it die meanwhile (${others})`
    : `restarts Docker with \`${plan.host.restartDocker.join(' ')}\`, which hits all its containers (${others})`;
  return `Bring **${plan.stack.project}** back: ${surveyText(facts)}; ${would.freed.length === 0 ? 'frees nothing' : would.summary}; ${restart}; starts what is down${oneByOne ? ', one container after the other' : ''}; plan ${planSha256.slice(0, 12)}. Approve or refuse with your name and a reason: \`kintsugi approve ${step.workflowId} --by NAME --reason WHY\``;
}
