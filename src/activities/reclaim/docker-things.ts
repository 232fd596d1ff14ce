import type Docker from 'dockerode';
import { type ComposeModel, composeConfig } from '../docker/compose.ts';
import { askEngine, engineStatus } from '../docker/engine.ts';
import type { Candidate, Reclaiming } from './candidate.ts';

interface DiskUsage {
  readonly BuildCache?: readonly { readonly Size: number; readonly InUse: boolean; readonly Shared: boolean }[] | null;
  /** What all layers take on the disk. */
  readonly LayersSize?: number;
  readonly Images?: readonly { readonly Id: string; readonly Size: number; readonly SharedSize: number }[] | null;
}

async function diskUsage(docker: Docker): Promise<DiskUsage> {
  return (await askEngine(() => docker.df())) as DiskUsage;
}

/** Layers that builds left to be quicker the next time. */
export async function buildCache({ context, dockerAnswers, dockerFolder }: Reclaiming): Promise<Candidate[]> {
  if (!dockerAnswers) return [];
  const usage = await diskUsage(context.docker);
  const idle = (usage.BuildCache ?? []).filter(({ InUse, Shared }) => !InUse && !Shared);
  const bytes = idle.reduce((sum, { Size }) => sum + Size, 0);
  if (bytes === 0) return [];
  const free = async () => (await pruneBuildCache(context.docker)) || null;
  return [{ kind: 'build cache', name: `${idle.length} layers of builds`, bytes, place: dockerFolder, free }];
}

/** Never with `all`: what an image shares stays. */
async function pruneBuildCache(docker: Docker): Promise<number> {
  const { SpaceReclaimed = 0 } = (await askEngine(() => docker.pruneBuilder())) as { SpaceReclaimed?: number };
  return SpaceReclaimed;
}

/**
 * Images without a name that no container, running or not, of any stack was made from, and that the Compose file does not name by
 * its digest: what a newer build of the same name left behind.
 */
export async function danglingImages({ context, plan, dockerAnswers, dockerFolder }: Reclaiming): Promise<Candidate[]> {
  if (!dockerAnswers) return [];
  const { docker, planFolder } = context;
  // Without Compose nobody knows what the stack needs: then no image is touched.
  const model = await composeConfig(planFolder, plan.stack).catch(() => null);
  if (model === null) return [];
  const [images, containers, usage] = await Promise.all([
    askEngine(() => docker.listImages({ filters: { dangling: ['true'] } })),
    askEngine(() => docker.listContainers({ all: true })),
    diskUsage(docker),
  ]);
  // What other images are made of as well stays when one of them goes.
  const own = new Map((usage.Images ?? []).map(({ Id, Size, SharedSize }) => [Id, Size - Math.max(0, SharedSize)]));
  const inUse = new Set(containers.map(({ ImageID }) => ImageID));
  return images
    .filter((image) => !inUse.has(image.Id) && !isNamed(model, image))
    .map((image) => ({
      kind: 'dangling image',
      name: image.Id.replace('sha256:', '').slice(0, 12),
      bytes: own.get(image.Id) ?? 0,
      place: dockerFolder,
      free: () => removeImage(docker, image),
    }));
}

/** @returns whether the Compose file names an image: by a tag, by its id, or by its digest. */
export function isNamed({ services }: ComposeModel, image: Pick<Docker.ImageInfo, 'Id' | 'RepoTags' | 'RepoDigests'>): boolean {
  const names = new Set([...(image.RepoTags ?? []), ...(image.RepoDigests ?? []), image.Id]);
  return Object.values(services).some(
    ({ image: wanted }) =>
      wanted !== undefined &&
      (names.has(wanted) || names.has(`${wanted}:latest`) || [...names].some((name) => digestOf(name) === digestOf(wanted))),
  );
}

/** @returns what stands after the `@` of a name, or an id; a text that nothing else has where there is none. */
function digestOf(name: string): string {
  const digest = /sha256:[0-9a-f]{64}$/.exec(name)?.[0];
  return digest ?? `${name} has none`;
}

/**
 * Removes an image, and the layers of it that only the build cache would still hold.
 *
 * @returns how much less the layers take then; null if the image stays.
 */
async function removeImage(docker: Docker, { Id }: Docker.ImageInfo): Promise<number | null> {
  const { LayersSize: before = 0 } = await diskUsage(docker);
  try {
    // Never by force: what a container was made of meanwhile stays.
    await askEngine(() => docker.getImage(Id).remove({ force: false }));
  } catch (error) {
    if (engineStatus(error) === 404 || engineStatus(error) === 409) return null;
    throw error;
  }
  await pruneBuildCache(docker);
  const { LayersSize: after = before } = await diskUsage(docker);
  return Math.max(0, before - after);
}
