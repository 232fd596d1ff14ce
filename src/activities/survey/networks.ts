import type Docker from 'dockerode';
import type { NetworkFacts } from '../../diagnosis/facts.ts';
import type { ComposeAttachment, ComposeModel } from '../docker/compose.ts';
import { orNull } from '../docker/engine.ts';
import { type StackContainer, stackContainers } from '../docker/stack.ts';

/** A container that Compose wants in a network, and that is not in it. */
export interface Detached {
  readonly container: StackContainer;
  readonly network: string;
  readonly attachment: ComposeAttachment;
  /** Whether the container names a network of that name that is gone: it cannot start like this. */
  readonly stale: boolean;
}

/** @returns the stack's networks as they are, and what is not where Compose wants it. */
export async function lookAtNetworks(
  docker: Docker,
  model: ComposeModel,
  project: string,
): Promise<{ networks: NetworkFacts[]; detached: Detached[] }> {
  const ids = new Map<string, string | null>();
  for (const { name } of Object.values(model.networks ?? {})) {
    const info = (await orNull(() => docker.getNetwork(name).inspect())) as { Id: string; Name: string } | null;
    ids.set(name, info?.Id ?? null);
  }
  const detached: Detached[] = [];
  for (const container of await stackContainers(docker, project)) {
    const service = model.services[container.service];
    if (service === undefined || service.network_mode !== undefined) continue;
    const info = await orNull(() => docker.getContainer(container.id).inspect());
    if (info === null) continue;
    const endpoints = info.NetworkSettings.Networks as Readonly<Record<string, { NetworkID?: string } | undefined>>;
    for (const [key, attachment] of Object.entries(service.networks ?? {})) {
      const network = model.networks?.[key]?.name ?? key;
      const endpoint = endpoints[network];
      const id = ids.get(network) ?? null;
      // A container that never ran has no network's id yet.
      const isThere = endpoint !== undefined && id !== null && (!endpoint.NetworkID || endpoint.NetworkID === id);
      if (!isThere) detached.push({ container, network, attachment: attachment ?? {}, stale: endpoint !== undefined });
    }
  }
  const networks = [...ids].map(([name, id]) => ({
    name,
    exists: id !== null,
    detached: detached.filter(({ network }) => network === name).map(({ container }) => container.name),
  }));
  return { networks, detached };
}
