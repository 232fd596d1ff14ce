import Docker from 'dockerode';
import { askEngine } from '../../activities/docker/engine.ts';

/** A container of a Compose project, as far as a plan is made from it. */
export interface SeenContainer {
  readonly service: string;
  readonly image: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly running: boolean;
  /** Ended with success and is not restarted: a one-shot service, such as a migration. */
  readonly endedByDesign: boolean;
  /** Ports on this host's loopback. */
  readonly ports: readonly number[];
  /** Where a path inside the container is on this host. */
  readonly mounts: readonly { readonly inside: string; readonly outside: string }[];
}

/** A Compose project that has containers on this machine. */
export interface SeenStack {
  readonly project: string;
  /** Absolute path of the folder that Compose was run in. */
  readonly folder: string;
  /** Absolute paths of its files, in the order that Compose merged them. */
  readonly files: readonly string[];
  readonly containers: readonly SeenContainer[];
}

/**
 * @returns every Compose project of the engine, by its labels.
 * @throws KintsugiError DOCKER_UNREACHABLE
 */
export async function findStacks(docker = new Docker()): Promise<SeenStack[]> {
  const listed = await askEngine(() =>
    docker.listContainers({ all: true, filters: { label: ['com.docker.compose.project', 'com.docker.compose.oneoff=False'] } }),
  );
  const projects = [...new Set(listed.map(projectOf))].toSorted((a, b) => a.localeCompare(b));
  return Promise.all(
    projects.map(async (project) => {
      const own = listed.filter((container) => projectOf(container) === project);
      const label = (name: string) => own[0]?.Labels[`com.docker.compose.${name}`] ?? '';
      return {
        project,
        folder: label('project.working_dir'),
        files: label('project.config_files')
          .split(',')
          .filter((file) => file !== ''),
        containers: await Promise.all(own.map(async ({ Id }) => describe(await docker.getContainer(Id).inspect()))),
      };
    }),
  );
}

function projectOf(container: Docker.ContainerInfo): string {
  return container.Labels['com.docker.compose.project'] ?? '';
}

function describe(found: Docker.ContainerInspectInfo): SeenContainer {
  const policy = found.HostConfig.RestartPolicy?.Name ?? 'no';
  const bindings = Object.values(found.NetworkSettings.Ports ?? {}).flatMap((each) => each ?? []);
  return {
    service: found.Config.Labels['com.docker.compose.service'] ?? '',
    image: found.Config.Image,
    environment: Object.fromEntries(
      found.Config.Env.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    ),
    running: found.State.Running,
    endedByDesign: !found.State.Running && found.State.ExitCode === 0 && found.State.StartedAt > '0002' && isOneShot(policy),
    ports: [...new Set(bindings.map((binding) => Number(binding.HostPort)))],
    mounts: found.Mounts.map((mount) => ({ inside: mount.Destination, outside: mount.Source })),
  };
}

function isOneShot(policy: string): boolean {
  return policy === 'no' || policy === '' || policy === 'on-failure';
}

/** @returns whether a container is a PostgreSQL server, by its image's name or by what only a server's image sets: clients know POSTGRES_DB, too. */
export function isPostgres({ image, environment }: SeenContainer): boolean {
  return /(^|\/)(postgres|postgis|timescaledb|pgvector)[^/]*$/i.test(image) || 'PGDATA' in environment;
}
