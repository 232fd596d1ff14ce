import type Docker from 'dockerode';
import { beating } from '../backups/beat.ts';
import type { RunReference, StepInput, WorkerContext } from '../context.ts';
import { askEngine, engineStatus, orNull } from '../docker/engine.ts';
import { removeJob } from '../docker/job.ts';
import { kinds, labels } from '../docker/job-name.ts';

/** A scratch server, whatever of it there is. */
export interface FoundServer {
  readonly name: string;
  readonly owner: RunReference;
}

/** @returns the scratch servers that the labels tell of. @param filter label and value that must match. */
export async function findServers(docker: Docker, filter: string): Promise<FoundServer[]> {
  const filters = { label: [`${labels.kind}=${kinds.scratchServer}`, filter] };
  const [containers, networks, { Volumes }] = await Promise.all([
    askEngine(() => docker.listContainers({ all: true, filters })),
    askEngine(() => docker.listNetworks({ filters })),
    askEngine(() => docker.listVolumes({ filters })),
  ]);
  // Killed in the middle of making or removing it, only a part may be there.
  const parts: { name: string; found: Record<string, string> | undefined }[] = [
    ...containers.map(({ Names, Id, Labels }) => ({ name: (Names[0] ?? Id).replace(/^\//, ''), found: Labels })),
    ...networks.map(({ Name, Labels }) => ({ name: Name, found: Labels })),
    ...(Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, found: Labels })),
  ];
  return [...new Map(parts.map((part) => [part.name, part])).values()].map(({ name, found }) => ({
    name,
    owner: { workflowId: found?.[labels.workflow] ?? '', runId: found?.[labels.run] ?? '' },
  }));
}

/** Removes every scratch server of a run, with all that is on its network. Done already, it does nothing. */
export async function removeScratchServers(context: WorkerContext, input: StepInput): Promise<{ removed: number }> {
  const found = await findServers(context.docker, `${labels.run}=${input.runId}`);
  await beating(
    () => ({ text: 'removing the scratch server' }),
    async () => {
      for (const { name } of found) await removeServer(context.docker, name);
    },
  );
  return { removed: found.length };
}

/** Removes a scratch server: its container, what else is on its network, the network and the volume. */
export async function removeServer(docker: Docker, name: string): Promise<void> {
  await removeJob(docker, name);
  // By name alone two networks may be meant.
  const networks = (await askEngine(() => docker.listNetworks({ filters: { name: [name] } }))).filter(
    ({ Name }) => Name === name,
  );
  for (const { Id } of networks) {
    await clearNetwork(docker, Id);
    await unless404(() => docker.getNetwork(Id).remove());
  }
  await unless404(() => docker.getVolume(name).remove({ force: true }));
}

/** Removes what runs of ours put on a network; what a person connected to it is let go, whatever it is. */
async function clearNetwork(docker: Docker, id: string): Promise<void> {
  const network = docker.getNetwork(id);
  const { Containers } = (await askEngine(() => network.inspect())) as { Containers?: Record<string, unknown> };
  for (const container of Object.keys(Containers ?? {})) {
    const found = await orNull(() => docker.getContainer(container).inspect());
    if (found?.Config.Labels[labels.run] !== undefined) await removeJob(docker, container);
    else await unless404(() => network.disconnect({ Container: container, Force: true }));
  }
}

async function unless404(call: () => Promise<unknown>): Promise<void> {
  await askEngine(call).catch((error: unknown) => {
    if (engineStatus(error) !== 404) throw error;
  });
}
