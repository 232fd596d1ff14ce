import type { Plan } from '../../plan/schema.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { type Detached, lookAtNetworks } from '../survey/networks.ts';
import { type ComposeModel, composeConfig, composeCreate } from './compose.ts';
import { askEngine, engineStatus } from './engine.ts';
import { stackContainers } from './stack.ts';
import { servicesInOrder } from './start-order.ts';

export interface NetworksMended {
  /** Names of networks that Compose made anew, with the options of its file. */
  readonly created: readonly string[];
  /** Names of containers that were missing and were made, not started. */
  readonly made: readonly string[];
  /** `container → network` of each that was put back. */
  readonly connected: readonly string[];
  readonly summary: string;
}

/**
 * Makes the stack's networks that are gone, by Compose and so with the options of its file, and puts containers back into them with
 * their aliases and addresses. A container that names a network which is gone cannot start; it is not made anew, so what it holds
 * stays. Containers that are missing are made, and not started.
 */
export async function mendNetworks(context: WorkerContext, input: StepInput): Promise<NetworksMended> {
  const { plan } = input;
  return beating(
    () => ({ text: 'networks' }),
    async () => {
      const model = await composeConfig(context.planFolder, plan.stack);
      const { networks } = await lookAtNetworks(context.docker, model, plan.stack.project);
      const gone = networks.filter(({ exists }) => !exists).map(({ name }) => name);
      const before = new Set((await stackContainers(context.docker, plan.stack.project)).map(({ id }) => id));
      if (gone.length > 0 || (await isIncomplete(context, plan, model)))
        await composeCreate(context.planFolder, plan.stack, await scaleOf(context, plan, model));
      const made = (await stackContainers(context.docker, plan.stack.project)).filter(({ id }) => !before.has(id));
      const { detached } = await lookAtNetworks(context.docker, model, plan.stack.project);
      for (const each of detached) await connect(context, each);
      return described(
        gone,
        made.map(({ name }) => name),
        detached.map(({ container, network }) => `${container.name} → ${network}`),
      );
    },
  );
}

function described(created: string[], made: string[], connected: string[]): NetworksMended {
  const parts = [
    ...(created.length > 0 ? [`made ${created.join(', ')}`] : []),
    ...(connected.length > 0 ? [`put ${connected.length} containers back`] : []),
    ...(made.length > 0 ? [`made ${made.join(', ')}`] : []),
  ];
  return { created, made, connected, summary: parts.join('; ') || 'all are there' };
}

/** Whether a service that is to run has fewer containers than Compose's file says. */
async function isIncomplete({ docker }: WorkerContext, { stack }: Plan, model: ComposeModel): Promise<boolean> {
  const containers = await stackContainers(docker, stack.project);
  return servicesInOrder(model, stack.runOnce).some(
    ({ name, runOnce, replicas }) => !runOnce && containers.filter(({ service }) => service === name).length < replicas,
  );
}

/** Compose would remove what a person scaled up by hand. */
async function scaleOf({ docker }: WorkerContext, { stack }: Plan, model: ComposeModel): Promise<Record<string, number>> {
  const containers = await stackContainers(docker, stack.project);
  const scaled = servicesInOrder(model, stack.runOnce).map(
    ({ name, replicas }) => [name, containers.filter(({ service }) => service === name).length, replicas] as const,
  );
  return Object.fromEntries(scaled.filter(([, count, replicas]) => count > replicas));
}

async function connect({ docker }: WorkerContext, { container, network, attachment, stale }: Detached): Promise<void> {
  const own = docker.getNetwork(network);
  // By name: what the container remembers is the id of the network that is gone.
  if (stale) await unlessDone(() => own.disconnect({ Container: container.id, Force: true }), /not connected/);
  const addresses = {
    ...(attachment.ipv4_address === undefined ? {} : { IPv4Address: attachment.ipv4_address }),
    ...(attachment.ipv6_address === undefined ? {} : { IPv6Address: attachment.ipv6_address }),
    ...(attachment.link_local_ips === undefined ? {} : { LinkLocalIPs: [...attachment.link_local_ips] }),
  };
  await unlessDone(
    () =>
      own.connect({
        Container: container.id,
        EndpointConfig: {
          Aliases: [container.name, container.service, ...(attachment.aliases ?? [])],
          ...(Object.keys(addresses).length === 0 ? {} : { IPAMConfig: addresses }),
          ...(attachment.driver_opts === undefined ? {} : { DriverOpts: attachment.driver_opts }),
        },
      }),
    /already exists in network|already attached/,
  );
}

/** An attempt before this one may have done it. */
async function unlessDone(call: () => Promise<unknown>, done: RegExp): Promise<void> {
  try {
    await askEngine(call);
  } catch (error) {
    if (engineStatus(error) === undefined || !done.test((error as Error).message)) throw error;
  }
}
