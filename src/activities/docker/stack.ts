import { realpath } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import type { OnServer, WorkerContext } from '../context.ts';
import { askEngine, orNull } from './engine.ts';
import { kinds, labels } from './job-name.ts';

const composeLabels = {
  project: 'com.docker.compose.project',
  service: 'com.docker.compose.service',
  oneOff: 'com.docker.compose.oneoff',
  folder: 'com.docker.compose.project.working_dir',
  files: 'com.docker.compose.project.config_files',
} as const;

const untouched = 'Nothing was stopped or changed.';

/** A container of the stack, found by Compose's labels and never by its name: names are free, and replicas have none. */
export interface StackContainer {
  readonly id: string;
  readonly name: string;
  readonly service: string;
  readonly image: string;
  readonly running: boolean;
  readonly restarting: boolean;
  readonly health: 'none' | 'starting' | 'healthy' | 'unhealthy';
  readonly exitCode: number;
  readonly startedAt: string;
  readonly restarts: number;
  /** Absolute paths, as Compose noted them: where it was started, and from which files. Empty if it did not. */
  readonly folder: string;
  readonly files: readonly string[];
}

/** @returns every container of the stack, stopped ones too, without one-off `compose run` containers. */
export async function stackContainers(docker: Docker, project: string): Promise<StackContainer[]> {
  const listed = await askEngine(() =>
    docker.listContainers({ all: true, filters: { label: [`${composeLabels.project}=${project}`] } }),
  );
  const own = listed.filter((container) => container.Labels[composeLabels.oneOff] !== 'True');
  refuseTwoStacks(project, own);
  const inspected = await Promise.all(own.map((container) => askEngine(() => docker.getContainer(container.Id).inspect())));
  return inspected.map(describe);
}

/** @returns a container as it is now, or null when it is gone. */
export async function stackContainer(docker: Docker, id: string): Promise<StackContainer | null> {
  const found = await orNull(() => docker.getContainer(id).inspect());
  return found === null ? null : describe(found);
}

function refuseTwoStacks(project: string, containers: Docker.ContainerInfo[]): void {
  const folders = [...new Set(containers.map((container) => container.Labels[composeLabels.folder] ?? ''))];
  if (folders.length < 2) return;
  throw new KintsugiError('STACK_AMBIGUOUS', `Two stacks use the project name ${project}: ${folders.join(' and ')}.`, {
    state: untouched,
    hints: [
      'docker compose ls --all   # which stacks there are, and their files',
      'give one of them another name (COMPOSE_PROJECT_NAME) and bring it up again',
    ],
  });
}

function describe(found: Docker.ContainerInspectInfo): StackContainer {
  const health = found.State.Health?.Status;
  return {
    id: found.Id,
    name: found.Name.replace(/^\//, ''),
    service: found.Config.Labels[composeLabels.service] ?? '',
    image: found.Config.Image,
    running: found.State.Running && !found.State.Restarting,
    restarting: found.State.Restarting,
    health: health === 'healthy' || health === 'unhealthy' || health === 'starting' ? health : 'none',
    exitCode: found.State.ExitCode,
    startedAt: found.State.StartedAt,
    restarts: found.RestartCount,
    folder: found.Config.Labels[composeLabels.folder] ?? '',
    files: (found.Config.Labels[composeLabels.files] ?? '').split(',').filter((file) => file !== ''),
  };
}

export interface DatabaseContainer extends StackContainer {
  /** A network that a job container can join to reach the server under `alias`. */
  readonly network: string;
  readonly alias: string;
  /** Address in that network; empty while it does not run. */
  readonly address: string;
  /** Where the server's port is published on this host, if it is. */
  readonly published: { readonly host: string; readonly port: number } | null;
}

/**
 * Finds the container of the plan's database service, or of the scratch server that stands for it.
 *
 * @throws KintsugiError STACK_MISSING when there is none, STACK_AMBIGUOUS when there are several, or when what runs under the
 * project's name is not the stack that the plan speaks of; SCRATCH_SERVER when the scratch server is gone.
 */
export async function databaseContainer(
  context: Pick<WorkerContext, 'docker' | 'planFolder'>,
  { plan, target }: OnServer,
): Promise<DatabaseContainer> {
  if (target !== undefined) return scratchContainer(context.docker, target.container);
  const { project } = plan.stack;
  const all = await stackContainers(context.docker, project);
  const [found, ...more] = all.filter((container) => container.service === plan.database.service);
  if (found === undefined) {
    const others =
      all.length === 0
        ? 'It has no containers at all.'
        : `It has: ${[...new Set(all.map((c) => c.service))].toSorted((a, b) => a.localeCompare(b)).join(', ')}.`;
    throw new KintsugiError(
      'STACK_MISSING',
      `The stack ${project} has no container of the service ${plan.database.service}. ${others}`,
      {
        hints: [`docker compose -p ${project} up -d ${plan.database.service}`, 'kintsugi plan check'],
      },
    );
  }
  if (more.length > 0)
    throw new KintsugiError('STACK_AMBIGUOUS', `The service ${plan.database.service} has ${more.length + 1} containers.`, {
      state: untouched,
      hints: [`docker ps --all --filter label=com.docker.compose.project=${project}`, 'remove the one that is not the database'],
    });
  await refuseOtherStack(context.planFolder, plan, found);
  return reachable(await askEngine(() => context.docker.getContainer(found.id).inspect()));
}

async function scratchContainer(docker: Docker, name: string): Promise<DatabaseContainer> {
  const info = await orNull(() => docker.getContainer(name).inspect());
  // The label too: nothing that is done to a scratch server may ever be done to another container.
  if (info !== null && info.Config.Labels[labels.kind] === kinds.scratchServer) return reachable(info);
  throw new KintsugiError('SCRATCH_SERVER', `The scratch server ${name} is gone.`, {
    state: 'Production was not touched.',
    hints: ['kintsugi doctor'],
  });
}

function reachable(info: Docker.ContainerInspectInfo): DatabaseContainer {
  const found = describe(info);
  const [[network, endpoint] = ['bridge', null]] = Object.entries(info.NetworkSettings.Networks);
  // The engine says null for a port that is exposed and not published, which its types leave out.
  const bindings: readonly { HostIp: string; HostPort: string }[] | null | undefined = info.NetworkSettings.Ports['5432/tcp'];
  const binding = bindings?.[0];
  return {
    ...found,
    network,
    alias: found.name,
    address: endpoint?.IPAddress ?? '',
    published: binding === undefined ? null : { host: loopback(binding.HostIp), port: Number(binding.HostPort) },
  };
}

/** A stack of the same name from another folder is another stack, with other data. */
async function refuseOtherStack(planFolder: string, plan: Plan, found: StackContainer): Promise<void> {
  const folder = path.resolve(planFolder, plan.stack.folder);
  const file = path.resolve(folder, plan.stack.files[0] ?? '');
  if (found.folder === '' || found.files.includes(file)) return;
  const [expected, real] = await Promise.all([folder, found.folder].map((each) => realpath(each).catch(() => each)));
  if (expected === real) return;
  throw new KintsugiError(
    'STACK_AMBIGUOUS',
    `The stack that runs as ${plan.stack.project} was started in ${found.folder}; the plan speaks of the one in ${folder}.`,
    {
      state: untouched,
      hints: [
        'docker compose ls --all   # which stacks there are, and their files',
        `if it is the right one, set stack.folder of the plan to ${found.folder}`,
        'if not, give one of them another name (COMPOSE_PROJECT_NAME) and bring it up again',
      ],
    },
  );
}

function loopback(host: string): string {
  return host === '' || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
}
