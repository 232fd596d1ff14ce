import { readFile, stat, statfs } from 'node:fs/promises';
import path from 'node:path';
import type Docker from 'dockerode';
import { backupsFolder } from '../../catalog/layout.ts';
import type { DiskFacts } from '../../diagnosis/facts.ts';
import type { Plan } from '../../plan/schema.ts';
import { storedContainers } from '../docker/daemon.ts';
import { askEngine, orNull } from '../docker/engine.ts';
import { stackContainers } from '../docker/stack.ts';

export interface DiskPlaces {
  readonly docker: Docker;
  readonly planFolder: string;
  readonly stateFolder: string;
}

/**
 * @returns the disks that the stack needs, each once, as far as they can be seen from here: of an engine elsewhere, or for a worker
 *   that may not look into Docker's folder, those of the containers are left out.
 */
export async function lookAtDisks(context: DiskPlaces, plan: Plan, dockerAnswers: boolean): Promise<DiskFacts[]> {
  const data = await databaseFolder(context.docker, plan, dockerAnswers);
  const places: (readonly [string, string | null])[] = [
    ['the database', data],
    ['Docker', await dockerFolder(context.docker, plan, dockerAnswers)],
    ['the backups', backupsFolder(context, plan)],
    ['Kintsugi’s state', context.stateFolder],
  ];
  const disks: DiskFacts[] = [];
  for (const [of, place] of places) {
    const found = place === null ? null : await disk(place);
    if (found === null) continue;
    const at = disks.findIndex(({ device }) => device === found.device);
    const same = disks[at];
    if (same === undefined) disks.push({ of: [of], ...found });
    else disks[at] = { ...same, of: [...same.of, of] };
  }
  return disks;
}

/** @returns the disk that a folder is on, or the nearest folder above it that exists; null if it cannot be asked. */
async function disk(place: string): Promise<Omit<DiskFacts, 'of'> | null> {
  try {
    const [{ dev }, { blocks, bavail, bsize }] = await Promise.all([stat(place), statfs(place)]);
    return { path: place, totalBytes: blocks * bsize, freeBytes: bavail * bsize, device: dev };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return missing && place !== path.dirname(place) ? disk(path.dirname(place)) : null;
  }
}

/** @returns Docker's data folder. */
export async function dockerFolder(docker: Docker, plan: Plan, dockerAnswers: boolean): Promise<string> {
  if (!dockerAnswers) return plan.host.dockerFolder;
  const info = (await askEngine(() => docker.info())) as { DockerRootDir?: string };
  return info.DockerRootDir ?? plan.host.dockerFolder;
}

const dataFolder = '/var/lib/postgresql';

/** @returns the folder of this machine that the database server keeps its files in; null if it is not known. */
export async function databaseFolder(docker: Docker, plan: Plan, dockerAnswers: boolean): Promise<string | null> {
  const { project } = plan.stack;
  if (!dockerAnswers) {
    const stored = await storedContainers(plan.host.dockerFolder);
    const mine = stored.find((each) => each.project === project && each.service === plan.database.service);
    const mount = mine?.mounts.find(({ target }) => target.startsWith(dataFolder));
    if (mount === undefined) return null;
    return whereItIs(mount.source || path.join(plan.host.dockerFolder, 'volumes', mount.volume, '_data'));
  }
  const server = (await stackContainers(docker, project)).find(({ service }) => service === plan.database.service);
  const info = server === undefined ? null : await orNull(() => docker.getContainer(server.id).inspect());
  const source = info?.Mounts.find(({ Destination }) => Destination.startsWith(dataFolder))?.Source;
  return source === undefined ? null : whereItIs(source);
}

/** How Docker keeps the options of a volume. */
interface VolumeOptions {
  readonly MountType?: string;
  readonly MountOpts?: string;
  readonly MountDevice?: string;
}

/**
 * A volume with a device of its own is mounted at its folder only while a container uses it; before, the folder is empty and on
 * another disk.
 *
 * @returns the folder where a volume's files are now; null while they are nowhere.
 */
async function whereItIs(source: string): Promise<string | null> {
  const above = path.dirname(source);
  const text = path.basename(source) === '_data' ? await readFile(path.join(above, 'opts.json'), 'utf8').catch(() => '') : '';
  if (text === '') return source;
  const { MountOpts = '', MountDevice = '' } = JSON.parse(text) as VolumeOptions;
  if (MountOpts.split(',').includes('bind')) return MountDevice;
  if (MountDevice === '') return source;
  const [own, other] = await Promise.all(
    [source, above].map((each) =>
      stat(each).then(
        ({ dev }) => dev,
        () => null,
      ),
    ),
  );
  return own === other ? null : source;
}
