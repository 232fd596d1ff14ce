import { heartbeat } from '@temporalio/activity';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { milliseconds } from '../../plan/units.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { forgetServices, rememberServices, serviceRecords } from '../leftovers/service-records.ts';
import { awaitUp } from './await-up.ts';
import type { ComposeModel } from './compose.ts';
import { composeConfig } from './compose.ts';
import { askEngine, engineStatus } from './engine.ts';
import { readJobLog } from './job.ts';
import { type StackContainer, stackContainers } from './stack.ts';

/** What depends on the database, read from Compose and from what runs; made once, before anything is stopped. */
export interface ServicesToRestart {
  /** Services to stop, dependents first. Start them in the reverse order. */
  readonly stopOrder: readonly string[];
  /** Ids of the containers that ran: only these are started again. */
  readonly containers: readonly string[];
  /** Runs that were terminated before they started again what they had stopped: this one does it. */
  readonly takenOver: readonly string[];
  /** Running services that are left alone. */
  readonly kept: readonly string[];
  readonly summary: string;
}

/**
 * Reads which running services depend on the database, directly or through others. One-shot services are left out: they must
 * not run again, and a service that was not running is not started.
 */
export async function findDependents(context: WorkerContext, input: StepInput): Promise<ServicesToRestart> {
  const { stack, database } = input.plan;
  // The services of the stack depend on production's server, which goes on.
  if (input.target !== undefined) return { stopOrder: [], containers: [], takenOver: [], kept: [], summary: 'none' };
  const model = await composeConfig(context.planFolder, stack);
  const runOnce = oneShots(model, stack.runOnce);
  const stopOrder = dependentsOf(model, database.service)
    .concat(stack.alsoStop.filter((service) => service in model.services))
    .filter((service, at, all) => all.indexOf(service) === at && !runOnce.has(service) && !stack.keepRunning.includes(service));
  const containers = await stackContainers(context.docker, stack.project);
  const up = containers.filter((container) => container.running || container.restarting);
  const records = (await serviceRecords(context)).filter((record) => record.runId !== input.runId);
  const before = new Set(records.flatMap((record) => record.services.containers));
  const mine = containers.filter(
    (container) => stopOrder.includes(container.service) && (up.includes(container) || before.has(container.id)),
  );
  const stopped = stopOrder.filter((service) => mine.some((container) => container.service === service));
  return {
    stopOrder: stopped,
    containers: mine.map((container) => container.id),
    takenOver: records.map((record) => record.runId),
    kept: [...new Set(up.map((container) => container.service))]
      .filter((service) => !stopped.includes(service))
      .toSorted((a, b) => a.localeCompare(b)),
    summary: stopped.map((service) => withReplicas(service, mine)).join(' ') || 'none',
  };
}

function withReplicas(service: string, containers: readonly StackContainer[]): string {
  const count = containers.filter((container) => container.service === service).length;
  return count > 1 ? `${service}×${count}` : service;
}

/** @returns the services that end by design and must not run again: those that were named, and those that Compose shows. */
export function oneShots(model: ComposeModel, named: readonly string[]): Set<string> {
  const found = new Set(named);
  for (const service of Object.values(model.services)) {
    for (const [dependency, { condition }] of Object.entries(service.depends_on ?? {})) {
      if (condition === 'service_completed_successfully') found.add(dependency);
    }
  }
  return found;
}

/** Dependents of a service, the farthest first, so that nothing loses what it depends on while it still runs. */
function dependentsOf(model: ComposeModel, service: string): string[] {
  const order: string[] = [];
  const visit = (name: string): void => {
    for (const [candidate, definition] of Object.entries(model.services)) {
      if (!(name in (definition.depends_on ?? {})) || order.includes(candidate)) continue;
      visit(candidate);
      if (!order.includes(candidate)) order.push(candidate);
    }
  };
  visit(service);
  return order;
}

/**
 * Stops the containers found before; one that is stopped or gone already is left as it is. What ran is written down first.
 *
 * @returns how many were stopped, and whether it could be written down: a full disk must not keep a recovery from running.
 */
export async function stopServices(
  context: WorkerContext,
  input: StepInput & { services: ServicesToRestart },
): Promise<{ stopped: number; recorded: boolean }> {
  if (input.target !== undefined && input.services.containers.length > 0)
    throw new KintsugiError('INTERNAL', 'services of production would be stopped for a scratch server');
  const recorded = await rememberServices(context, input, input.services).then(
    () => true,
    () => false,
  );
  // Without a wish of the plan, Docker keeps to what Compose gave the container (stop_grace_period).
  const { stopWithin } = input.plan.stack;
  const grace = stopWithin === undefined ? {} : { t: Math.ceil(milliseconds(stopWithin) / 1000) };
  const beat = setInterval(() => heartbeat({ text: `stopping ${input.services.summary}` }), 1000);
  try {
    await Promise.all(
      input.services.containers.map((id) => unless([304, 404], () => context.docker.getContainer(id).stop(grace))),
    );
  } finally {
    clearInterval(beat);
  }
  return { stopped: input.services.containers.length, recorded };
}

/**
 * Starts the services that ran before, in the order of their dependencies, each only when the one before is healthy.
 * Containers that were recreated meanwhile are found by their service.
 *
 * @throws KintsugiError SERVICE_UNHEALTHY naming the service and the end of its log.
 */
export async function startServices(
  context: WorkerContext,
  input: StepInput & {
    services: ServicesToRestart;
    /** False where there is no database to become healthy with. */
    waitHealthy?: boolean;
  },
): Promise<{ started: number }> {
  let awaited = '';
  return beating(
    () => ({ text: awaited }),
    async (signal) => {
      let started = 0;
      for (const service of [...input.services.stopOrder].reverse()) {
        awaited = `starting ${service}`;
        const containers = (await stackContainers(context.docker, input.plan.stack.project)).filter(
          (container) => container.service === service,
        );
        const known = containers.filter((container) => input.services.containers.includes(container.id));
        const wanted = known.length > 0 ? known : containers;
        await Promise.all(wanted.map((container) => unless([304], () => context.docker.getContainer(container.id).start())));
        if (input.waitHealthy !== false)
          await Promise.all(wanted.map((container) => waitHealthy(context, input, container.id, signal)));
        started += wanted.length;
      }
      await forgetServices(context, [input.runId, ...input.services.takenOver]);
      return { started };
    },
  );
}

/** @throws KintsugiError SERVICE_UNHEALTHY when a container is not up within the plan's time. */
async function waitHealthy(context: WorkerContext, input: StepInput, id: string, signal: AbortSignal): Promise<void> {
  const withinMs = milliseconds(input.plan.stack.healthyWithin);
  const ended = await awaitUp(context.docker, id, { signal, withinMs });
  if (!ended.up) throw await unhealthy(context, input, ended.container, ended.state);
}

async function unhealthy(
  context: WorkerContext,
  input: StepInput,
  container: StackContainer,
  state: string,
): Promise<KintsugiError> {
  const log = await readJobLog(context.docker, container.id);
  const tail = [...(log?.stdout ?? []), ...(log?.stderr ?? [])].slice(-5).join(' / ');
  return new KintsugiError(
    'SERVICE_UNHEALTHY',
    `${container.name} is ${state} after ${input.plan.stack.healthyWithin}. Its last words: ${tail.slice(-500)}`,
    {
      hints: [`docker logs --tail 50 ${container.name}`, 'kintsugi status'],
    },
  );
}

async function unless(statuses: readonly number[], call: () => Promise<unknown>): Promise<void> {
  try {
    await askEngine(call);
  } catch (error) {
    if (!statuses.includes(engineStatus(error) ?? 0)) throw error;
  }
}
