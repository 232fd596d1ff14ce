import type { z } from 'zod';
import { causeOf, loopOf } from '../diagnosis/crash.ts';
import { dependentsOn, downOf, isWell } from '../diagnosis/down.ts';
import type { ContainerFacts, StackFacts } from '../diagnosis/facts.ts';
import { awaitApproval } from './approval.ts';
import { notUp } from './cascade-says.ts';
import { type Finding, type ServiceInput, type ServicesResult, serviceInput } from './contract.ts';
import { failure, parseInput } from './failure.ts';
import { act, engine, look } from './proxies.ts';
import { starterDecision } from './restore.ts';
import { type Done, type ProcedureKind, type ProcedureRun, runProcedure, withItsOwnState } from './run-procedure.ts';

const kind: ProcedureKind = {
  type: 'restartService',
  steps: [
    ['survey', 'see which died, and why'],
    ['approval', 'approval'],
    ['stop', 'stop what still runs of it'],
    ['start', 'start it'],
    ['dependents', 'start what depends on it'],
    ['health', 'application health'],
  ],
  disaster: 'containerCrash',
  problem: (_database, project) => `a service of ${project} is down`,
  impact: 'What this service does can’t be used.',
};

type Facts = Pick<ServicesResult, 'left'>;

const untouched = 'Nothing was stopped or changed.';

/**
 * A service that died: tells why, starts it again, and what depends on it only if that is not well either. One that restarts again
 * and again is not simply restarted once more.
 *
 * @param rawInput an empty input restarts what is not well.
 */
export async function restartService(rawInput: ServiceInput = {}): Promise<ServicesResult> {
  const input = parseInput(serviceInput, rawInput);
  return runProcedure<Facts>(kind, input, (run) => restart(run, input));
}

async function restart(run: ProcedureRun, input: z.output<typeof serviceInput>): Promise<Done<Facts>> {
  const { plan, procedure, step, planning } = run;
  const seen = await procedure.step(
    'survey',
    async () => {
      const facts = await look.surveyStack(step);
      refuseUnseen(facts);
      const services = targetsOf(facts, input.service);
      return { facts, services, ours: await look.readRestarts(step) };
    },
    { note: ({ facts, services }) => whyText(facts, services) },
  );
  const { facts, services } = seen;
  // Nobody asked for a replica that is well to be restarted: it serves meanwhile.
  const spare = input.service === undefined ? facts.containers.filter(isWell).map(({ id }) => id) : [];
  const loops = facts.containers
    .filter(({ service }) => services.includes(service))
    .flatMap((container) => {
      const why = loopOf(container, plan.host.crashLoop, seen.ours, run.startedAt.getTime());
      return why === null ? [] : [{ container, why }];
    });
  const findings = findingsOf(facts, services, loops);
  const [loop] = loops;
  if (loop !== undefined && !input.anyway) throw withItsOwnState(run, isLooping(loop, plan.stack.project));
  const dependents = dependentsOn(facts, services);
  if (planning || services.length === 0) {
    if (services.length === 0)
      for (const name of ['approval', 'stop', 'start', 'dependents', 'health'] as const)
        procedure.settled(name, 'all services are well');
    else sayPlan(run, facts, { services, spare, dependents });
    return { facts: { left: [] }, text: 'all services are well', findings };
  }
  await procedure.step(
    'approval',
    () =>
      awaitApproval(procedure, {
        policy: plan.approvals[run.severity],
        starter: starterDecision(input, step.database),
        text: `Restart **${services.join(', ')}** of ${plan.stack.project}: ${whyText(facts, services)}${loop === undefined ? '' : `; it is in a loop: ${loop.why}`}; plan ${run.planSha256.slice(0, 12)}. Approve or refuse with your name and a reason: \`kintsugi approve ${step.workflowId} --by NAME --reason WHY\``,
        plan,
      }),
    { note: () => procedure.approvals.map((answer) => `${answer.by}: ${answer.reason}`).join('; ') || 'none needed' },
  );
  run.stateAfter = (done) => (done.has('approval') ? `What ran besides ${services.join(', ')} runs as before.` : untouched);
  const since = new Date().toISOString();
  procedure.onUndo('start it again', () => act.startStack({ ...step, oneByOne: false, only: services }));
  await procedure.step('stop', () => act.restartServices({ ...step, services, spare, since }), {
    note: ({ stopped }) => stopped.join(', ') || 'nothing had to be stopped',
  });
  const started = await procedure.step('start', () => act.startStack({ ...step, oneByOne: false, only: services }), {
    note: (found) => found.summary,
  });
  procedure.settle('start it again');
  const [left] = started.left;
  if (left !== undefined) throw withItsOwnState(run, notUp(left, started.up, plan));
  await startDependents(run, dependents);
  if (plan.health.length === 0) procedure.skip('health', 'the plan names no health address');
  else await procedure.step('health', () => act.checkHealth(step), { note: (found) => found.summary });
  return { facts: { left: [] }, text: `${services.join(', ')} is up again`, findings };
}

/** Those that are well may have lost a connection, and take a new one: they are not touched. */
async function startDependents({ procedure, step }: ProcedureRun, dependents: readonly string[]): Promise<void> {
  await procedure.step(
    'dependents',
    async () => {
      const now = await look.surveyStack(step);
      const ill = downOf(now);
      const names = new Set([...ill.containers.map(({ service }) => service), ...ill.missing]);
      const only = dependents.filter((name) => names.has(name));
      return only.length === 0 ? null : engine.startStack({ ...step, oneByOne: false, only });
    },
    { note: (found) => found?.summary ?? 'all are well' },
  );
}

function refuseUnseen({ docker, composeProblem }: StackFacts): void {
  if (docker.why !== null)
    throw failure('DOCKER_UNREACHABLE', docker.why, {
      state: untouched,
      hints: ['kintsugi recover cascade', 'kintsugi diagnose'],
    });
  if (composeProblem !== null)
    throw failure('COMPOSE_INVALID', composeProblem, { state: untouched, hints: ['kintsugi plan check'] });
}

/** @returns the services to restart: the one that was named, or those that are not well, in the order in which they start. */
function targetsOf(facts: StackFacts, named: string | undefined): string[] {
  const names = facts.services.map(({ name }) => name);
  if (named === undefined) {
    const { containers, missing } = downOf(facts);
    return names.filter((name) => missing.includes(name) || containers.some(({ service }) => service === name));
  }
  const service = facts.services.find(({ name }) => name === named);
  if (service === undefined)
    throw failure('INVALID_INPUT', `The stack has no service ${named}.`, {
      state: untouched,
      hints: [`it has: ${names.join(', ')}`, 'kintsugi recover service --service NAME'],
    });
  if (service.runOnce)
    throw failure('INVALID_INPUT', `${named} ends by design and must not run again by itself.`, {
      state: untouched,
      hints: [`if it is to run again: docker compose run --rm ${named}`],
    });
  return [named];
}

function whyText(facts: StackFacts, services: readonly string[]): string {
  if (services.length === 0) return 'all services are well';
  return services
    .map((name) => {
      const own = facts.containers.filter(({ service }) => service === name);
      const ill = own.find((container) => !isWell(container)) ?? own[0];
      return `${name}: ${ill === undefined ? 'it has no container' : causeOf(ill)}`;
    })
    .join('; ');
}

interface Loop {
  readonly container: ContainerFacts;
  readonly why: string;
}

function isLooping({ container, why }: Loop, project: string): Error {
  const { name, service, lastWords } = container;
  return failure(
    'SERVICE_UNHEALTHY',
    `${name} restarts again and again (${why}): ${causeOf(container)}. Its last words: ${lastWords.slice(-4).join(' / ') || 'none'}`,
    {
      state: `${untouched} Another restart would not mend what makes it end.`,
      hints: [
        `docker compose -p ${project} logs --tail 50 ${service}`,
        'kintsugi diagnose',
        'kintsugi recover code   # if it began with a deployment',
        `kintsugi recover service --service ${service} --anyway`,
      ],
    },
  );
}

function findingsOf(facts: StackFacts, services: readonly string[], loops: readonly Loop[]): Finding[] {
  const own = facts.containers.filter(({ service }) => services.includes(service));
  if (own.length === 0) return [];
  return [
    {
      title: 'What died, and why',
      columns: ['container', 'why', 'restarts', 'its last words'],
      rows: own.map((container) => [
        container.name,
        causeOf(container),
        `${container.restarts}${loops.some((loop) => loop.container.id === container.id) ? ', a loop' : ''}`,
        container.lastWords.slice(-2).join(' / '),
      ]),
    },
  ];
}

function sayPlan(
  { procedure }: ProcedureRun,
  facts: StackFacts,
  { services, spare, dependents }: Readonly<Record<'services' | 'spare' | 'dependents', readonly string[]>>,
): void {
  const running = facts.containers.filter(
    ({ id, service, state }) =>
      services.includes(service) && (state === 'running' || state === 'restarting') && !spare.includes(id),
  );
  procedure.would(
    'stop',
    running.length === 0 ? 'nothing has to be stopped' : `would stop ${running.map(({ name }) => name).join(', ')}`,
  );
  procedure.would('start', `would start ${services.join(', ')} and wait until it is healthy`);
  procedure.would(
    'dependents',
    dependents.length === 0 ? 'nothing depends on it' : `would start those of ${dependents.join(', ')} that are not well then`,
  );
}
