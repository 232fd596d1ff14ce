import { backupsFolder } from '../../catalog/layout.ts';
import { listBackups } from '../../catalog/list.ts';
import { type DeployRecord, readDeploys, writeDeploy } from '../../deploys/records.ts';
import { isOf } from '../backups/pick.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { askEngine } from '../docker/engine.ts';
import { type StackContainer, stackContainers } from '../docker/stack.ts';
import { readMigrations } from '../migrations/look.ts';
import { commitOf, localChanges, repositoryAt } from './git.ts';

/** The label of the Open Container Initiative for the commit that an image was built from. */
export const commitLabel = 'org.opencontainers.image.revision';

/**
 * Records what runs now as good. Called when every health address has answered.
 *
 * @param input.commit what the images were built from; if null, what their label says, else what is checked out.
 */
export async function recordDeploy(
  context: WorkerContext,
  input: StepInput & { by: string; source: string; commit: string | null },
): Promise<DeployRecord> {
  const containers = (await stackContainers(context.docker, input.plan.stack.project)).filter(({ running }) => running);
  const images = await imagesOf(context, containers);
  const { commit, dirty } = await deployedCommit(context, input, images);
  return writeDeploy(context.stateFolder, {
    runId: input.runId,
    at: new Date().toISOString(),
    by: input.by,
    source: input.source,
    commit,
    dirty,
    migration: await migrationNow(context, input),
    images: Object.fromEntries(Object.entries(images).map(([service, { name, id }]) => [service, { name, id }])),
  });
}

interface RunningImage {
  readonly name: string;
  readonly id: string;
  readonly commit: string | null;
}

/** @returns the image of each running service, with the commit that its label names. */
export async function imagesOf(
  context: WorkerContext,
  containers: readonly StackContainer[],
): Promise<Record<string, RunningImage>> {
  const entries = await Promise.all(
    containers.map(async (container) => {
      const { Image: id } = await askEngine(() => context.docker.getContainer(container.id).inspect());
      const labels = (await askEngine(() => context.docker.getImage(id).inspect())).Config.Labels as Record<
        string,
        string
      > | null;
      return [container.service, { name: container.image, id, commit: labels?.[commitLabel] ?? null }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

async function deployedCommit(
  context: WorkerContext,
  input: StepInput & { commit: string | null },
  images: Readonly<Record<string, RunningImage>>,
): Promise<{ commit: string | null; dirty: boolean }> {
  const { code } = input.plan;
  if (code === undefined) return { commit: input.commit, dirty: false };
  const labelled = code.services.map((service) => images[service]?.commit ?? null);
  const [label = null] = labelled;
  if (input.commit === null && label !== null && labelled.every((each) => each === label)) return { commit: label, dirty: false };
  const repository = await repositoryAt(context.planFolder, code.repository).catch(() => null);
  if (repository === null) return { commit: input.commit, dirty: false };
  if (input.commit !== null) return { commit: await commitOf(repository, input.commit), dirty: false };
  return { commit: await commitOf(repository, 'HEAD'), dirty: (await localChanges(repository)) > 0 };
}

async function migrationNow(context: WorkerContext, input: StepInput): Promise<DeployRecord['migration']> {
  if (input.plan.migrations === undefined) return null;
  const { tool, current } = await readMigrations(context, { ...input, image: null });
  return { tool, head: current };
}

/** The revision that was last known to be good, and how that is known. */
export interface LastGood {
  readonly head: readonly string[];
  readonly at: string;
  /** `the healthy deployment of 2026-11-24T…` */
  readonly from: string;
  readonly commit: string | null;
}

/** @returns the newest revision that was recorded as good: of a healthy deployment, else of a backup; null where there is neither. */
export async function findLastGood(context: WorkerContext, input: StepInput): Promise<LastGood | null> {
  const [deployed] = (await readDeploys(context.stateFolder)).filter(({ migration }) => migration !== null);
  if (deployed?.migration != null) {
    const { at, commit, migration } = deployed;
    return { head: migration.head, at, from: `the healthy deployment of ${at}`, commit };
  }
  const backup = (await listBackups(backupsFolder(context, input.plan))).find(
    (entry) =>
      entry.state === 'whole' && isOf(entry, input.plan.stack.project, input.database) && entry.manifest.migration !== null,
  );
  if (backup?.state !== 'whole' || backup.manifest.migration === null) return null;
  return { head: backup.manifest.migration.head, at: backup.takenAt, from: `backup ${backup.id}`, commit: null };
}
