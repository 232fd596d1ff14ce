import { isOutlived } from '../../diagnosis/down.ts';
import type { ServiceFacts } from '../../diagnosis/facts.ts';
import { milliseconds } from '../../plan/units.ts';
import type { ServiceLeft } from '../../workflows/contract.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { type CrashRecovery, readCrashRecovery, recoveryProgress } from '../postgres/crash-recovery.ts';
import { lastWords } from '../survey/containers.ts';
import { learnSecrets } from '../survey/stack.ts';
import { awaitUp, type Upness } from './await-up.ts';
import { composeConfig } from './compose.ts';
import { askEngine, engineStatus } from './engine.ts';
import { type StackContainer, stackContainer, stackContainers } from './stack.ts';
import { servicesInOrder, startLevels } from './start-order.ts';

export interface StartStackInput extends StepInput {
  /** One container after the other, also replicas: where memory was the cause, all at once would be its end again. */
  readonly oneByOne: boolean;
  /** Only these services; all if missing. */
  readonly only?: readonly string[];
  /** What could not be brought up just before: it is not tried again, and what needs it is not started. */
  readonly left?: readonly ServiceLeft[];
}

export interface StackStarted {
  /** Names of the containers that had to be started. */
  readonly started: readonly string[];
  /** How many containers run, and are healthy if they can tell. */
  readonly up: number;
  readonly left: readonly ServiceLeft[];
  /** What the database server did first; null if it had not crashed. */
  readonly crashRecovery: CrashRecovery | null;
  readonly summary: string;
}

type Leave = (why: string, words?: readonly string[]) => void;

/** A container without a health test that ran for so long is no crash loop; Docker takes the same measure. */
const settleMs = 10_000;

interface Bringing {
  readonly context: WorkerContext;
  readonly input: StartStackInput;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
  /** All of the stack. */
  readonly services: readonly ServiceFacts[];
  readonly left: Map<string, ServiceLeft>;
  readonly started: string[];
  /** What runs and has no health test that could tell whether it is well. */
  readonly unsure: { readonly container: StackContainer; readonly leave: Leave }[];
  up: number;
  crashRecovery: CrashRecovery | null;
}

/**
 * Starts the stack's services, each when what it depends on is healthy, and waits for each. What is up stays as it is; what ends by
 * design is not run again. A service that does not come up does not keep from coming up those that can do without it.
 */
export async function startStack(context: WorkerContext, input: StartStackInput): Promise<StackStarted> {
  const { plan } = input;
  let text = 'looks what is up';
  return beating(
    () => ({ text }),
    async (signal) => {
      const model = await composeConfig(context.planFolder, plan.stack);
      const all = servicesInOrder(model, plan.stack.runOnce);
      const services = all.filter(({ name }) => input.only === undefined || input.only.includes(name));
      const say = (next: string) => {
        text = next;
      };
      const work: Bringing = {
        context,
        input,
        signal,
        say,
        services: all,
        left: new Map(input.left?.map((each) => [each.service, each])),
        started: [],
        unsure: [],
        up: 0,
        crashRecovery: null,
      };
      if (input.oneByOne) await calm(work, all);
      for (const level of startLevels(services)) {
        if (input.oneByOne) for (const service of level) await raise(work, service);
        else await Promise.all(level.map((service) => raise(work, service)));
      }
      await settle(work);
      await learnSecrets(context, plan);
      const left = context.redact([...work.left.values()]);
      const { started, up, crashRecovery } = work;
      const down = left.length === 0 ? '' : `; left: ${left.map(({ service }) => service).join(', ')}`;
      return { started, up, left, crashRecovery, summary: `${up} containers up, ${started.length} started${down}` };
    },
  );
}

/** Those that come and go take the memory from the one whose turn it is. The database is not among them: it is the first. */
async function calm({ context, input }: Bringing, services: readonly ServiceFacts[]): Promise<void> {
  const { project } = input.plan.stack;
  const looping = (await stackContainers(context.docker, project)).filter(
    ({ restarting, service }) =>
      restarting && service !== input.plan.database.service && services.some(({ name }) => name === service),
  );
  for (const { id } of looping) await unless304(() => context.docker.getContainer(id).stop());
}

async function raise(work: Bringing, service: ServiceFacts): Promise<void> {
  const { context, input } = work;
  if (input.left?.some((each) => each.service === service.name)) return;
  const stack = await stackContainers(context.docker, input.plan.stack.project);
  const containers = stack.filter((container) => container.service === service.name);
  const leave = (why: string, words: readonly string[] = []): void => {
    const first = work.left.get(service.name);
    work.left.set(service.name, first ?? { service: service.name, why, lastWords: words });
  };
  if (service.runOnce) {
    const failed = containers.find(({ running, exitCode }) => !running && exitCode !== 0);
    if (failed !== undefined && !isOutlived(failed, { services: work.services, containers: stack }))
      leave(
        `it ended with exit ${failed.exitCode}; it is to run once, so whether to run it again is yours to say`,
        await lastWords(context.docker, failed.id),
      );
    return;
  }
  const missing = Object.entries(service.needs).find(
    ([needed, condition]) => work.left.has(needed) && condition !== 'service_started',
  );
  if (missing !== undefined) return leave(`not started: it depends on ${missing[0]}`);
  if (containers.length === 0 && service.replicas > 0) return leave('it has no container');
  if (input.oneByOne) for (const container of containers) await raiseOne(work, container, leave);
  else await Promise.all(containers.map((container) => raiseOne(work, container, leave)));
}

async function raiseOne(work: Bringing, container: StackContainer, leave: Leave): Promise<void> {
  const { context, input, signal, say } = work;
  const { docker } = context;
  const { id, name, service } = container;
  const isDatabase = service === input.plan.database.service;
  say(`starting ${name}`);
  try {
    if (await start(work, container)) work.started.push(name);
  } catch (error) {
    if (engineStatus(error) === undefined) throw error;
    // The engine says why: a port that is taken, a folder that is gone. Another try would not change it.
    return leave(`the engine can’t start ${name}: ${(error as { reason?: string }).reason ?? (error as Error).message}`);
  }
  const progress = async () => {
    const seen = await recoveryProgress(docker, id);
    if (seen !== null) say(`${name}: recovery after a crash, ${seen}`);
    return seen;
  };
  const ended = await awaitUp(docker, id, {
    signal,
    withinMs: milliseconds(input.plan.stack.healthyWithin),
    loopAt: input.plan.host.crashLoop.restarts,
    ...(isDatabase ? { progress } : {}),
  });
  if (isDatabase) work.crashRecovery = await readCrashRecovery(docker, id);
  if (ended.up) {
    work.up += 1;
    if (container.health === 'none') work.unsure.push({ container, leave });
    return;
  }
  await leaveDown(work, container, ended, leave);
}

/** Looks once more, when all are started, at those of which nothing but time tells whether they are well. */
async function settle(work: Bringing): Promise<void> {
  const { context, input, signal, say, unsure } = work;
  say('sees whether what was started stays up');
  await Promise.all(
    unsure.map(async ({ container, leave }) => {
      const ended = await awaitUp(context.docker, container.id, {
        signal,
        withinMs: milliseconds(input.plan.stack.healthyWithin),
        loopAt: input.plan.host.crashLoop.restarts,
        settleMs,
      });
      if (ended.up) return;
      work.up -= 1;
      await leaveDown(work, container, ended, leave);
    }),
  );
}

async function leaveDown(
  { context, input }: Bringing,
  { id, name }: StackContainer,
  { state, looping }: Exclude<Upness, { up: true }>,
  leave: Leave,
): Promise<void> {
  const words = await lastWords(context.docker, id);
  leave(looping ? `${name} keeps crashing: ${state}` : `${name} is ${state} after ${input.plan.stack.healthyWithin}`, words);
}

/** @returns whether the container had to be started. */
async function start({ context }: Bringing, container: StackContainer): Promise<boolean> {
  const own = context.docker.getContainer(container.id);
  const now = await stackContainer(context.docker, container.id);
  if (now?.running) return false;
  // Between two restarts the engine says that it runs and would not start it: the pause before the next may be a minute.
  if (now?.restarting) await unless304(() => own.stop());
  await unless304(() => own.start());
  return true;
}

async function unless304(call: () => Promise<unknown>): Promise<void> {
  try {
    await askEngine(call);
  } catch (error) {
    if (engineStatus(error) !== 304) throw error;
  }
}
