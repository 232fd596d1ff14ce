import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { ExecaError, execa } from 'execa';
import { writeDurably } from '../../catalog/durable.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { milliseconds } from '../../plan/units.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { type ComposeBuild, type ComposeModel, composeCommand, composeConfig } from '../docker/compose.ts';
import { orNull } from '../docker/engine.ts';
import { commitLabel } from './deploys.ts';
import { requireCode } from './find-commit.ts';
import { git, type Repository, repositoryAt } from './git.ts';

const stillUp = 'The application was not touched.';

/** An image that was built for a service. */
export interface BuiltImage {
  readonly service: string;
  /** Name that it was built under. */
  readonly name: string;
  readonly id: string;
}

/**
 * Builds the images of the plan's code services from a commit, in a worktree of its own: the checkout and what runs are not
 * touched, and no image gets another's name. Built already by an earlier attempt, they are built again from the engine's cache.
 *
 * @throws KintsugiError BUILD_FAILED with the end of what the builder said; COMPOSE_INVALID for a service that is not built.
 */
export async function buildImages(
  context: WorkerContext,
  input: StepInput & { commit: string },
): Promise<{ images: BuiltImage[]; command: string[] }> {
  const { services, repository: folder, buildWithin } = requireCode(input.plan);
  const repository = await repositoryAt(context.planFolder, folder);
  const model = await composeConfig(context.planFolder, input.plan.stack);
  let said = `checking out ${input.commit.slice(0, 12)}`;
  return beating(
    () => ({ text: said }),
    async (signal) => {
      const tree = await checkOut(context, input, repository);
      const names = Object.fromEntries(services.map((service) => [service, builtName(input, service)]));
      const file = path.join(worktrees(context), `${shortRunId(input.runId)}.json`);
      // It holds build arguments with their values, as only Compose knows them: private, and gone when the build is over.
      await writeDurably(file, JSON.stringify(buildModel(model, names, { repository, tree, commit: input.commit })));
      const { program, options } = await composeCommand(context.planFolder, input.plan.stack);
      const args = [...options.slice(0, options.indexOf('--project-name') + 2), '--file', file, 'build', ...services];
      try {
        const building = execa(program, args, {
          cwd: tree,
          all: true,
          timeout: milliseconds(buildWithin),
          cancelSignal: signal,
          maxBuffer: 64 * 2 ** 20,
        });
        building.all.on('data', (chunk: Buffer) => {
          said = lastLine(chunk.toString()) ?? said;
        });
        await building;
      } catch (error) {
        signal.throwIfAborted();
        throw failed(error, input.commit, input.plan.code?.buildWithin ?? '');
      } finally {
        await rm(file, { force: true });
      }
      const images = await Promise.all(
        services.map(async (service): Promise<BuiltImage> => {
          const name = names[service] ?? '';
          const built = await orNull(() => context.docker.getImage(name).inspect());
          if (built === null) throw failed(new Error(`${name} was not made`), input.commit, buildWithin);
          return { service, name, id: built.Id };
        }),
      );
      return { images, command: [path.basename(program), 'build', ...services] };
    },
  );
}

/** Takes the worktree of a run away, and any that terminated runs left; nothing happens if there is none. */
export async function removeWorktree(context: WorkerContext, input: StepInput): Promise<{ removed: number }> {
  const { top } = await repositoryAt(context.planFolder, requireCode(input.plan).repository);
  const names = await readdir(worktrees(context)).catch(() => []);
  for (const name of names) {
    const tree = path.join(worktrees(context), name);
    if ((await stat(tree)).isDirectory()) await git(top, 'worktree', 'remove', '--force', tree).catch(() => undefined);
    await rm(tree, { recursive: true, force: true });
  }
  await git(top, 'worktree', 'prune');
  return { removed: names.length };
}

function worktrees(context: WorkerContext): string {
  return path.join(context.stateFolder, 'worktrees');
}

function builtName(input: StepInput, service: string): string {
  return `kintsugi-built/${input.plan.stack.project}-${service}:${shortRunId(input.runId)}`;
}

/** A half made worktree of a killed attempt is made anew: it costs seconds, and a file that is missing would cost the build. */
async function checkOut(context: WorkerContext, input: StepInput & { commit: string }, { top }: Repository): Promise<string> {
  await removeWorktree(context, input);
  await mkdir(worktrees(context), { recursive: true, mode: 0o700 });
  const tree = path.join(worktrees(context), shortRunId(input.runId));
  await git(top, 'worktree', 'add', '--detach', '--force', tree, input.commit);
  return tree;
}

interface Source {
  readonly repository: Repository;
  readonly tree: string;
  readonly commit: string;
}

/**
 * @returns a Compose model with nothing but the builds: as the stack's own files define them now, with every path of the
 *   repository turned to the same path of the worktree, and the commit as a label.
 * @param names what each service's image is to be called.
 * @throws KintsugiError COMPOSE_INVALID naming a service that is not there, or is not built.
 */
export function buildModel(model: ComposeModel, names: Readonly<Record<string, string>>, source: Source): object {
  const services = Object.entries(names).map(([service, image]) => {
    const build = model.services[service]?.build;
    if (build === undefined) {
      const what = model.services[service] === undefined ? 'there is no such service' : 'it has no build section';
      throw new KintsugiError('COMPOSE_INVALID', `code.services of the plan names ${service}, and ${what}.`, {
        state: 'Nothing was stopped or changed.',
        hints: ['kintsugi plan check', 'a service of another profile needs stack.profiles'],
      });
    }
    return [service, { image, build: turned(build, service, source) }] as const;
  });
  const { secrets } = model as ComposeModel & { secrets?: object };
  return { name: model.name, services: Object.fromEntries(services), ...(secrets === undefined ? {} : { secrets }) };
}

function turned(build: ComposeBuild, service: string, source: Source): ComposeBuild {
  const context = insideTree(build.context, source);
  if (context === null) {
    throw new KintsugiError(
      'COMPOSE_INVALID',
      `${service} is built from ${build.context}, which is not in the repository ${source.repository.top}.`,
      { state: 'Nothing was stopped or changed.', hints: ['set code.repository of the plan to the repository of its code'] },
    );
  }
  const { additional_contexts: more } = build;
  return {
    ...build,
    context,
    labels: { ...build.labels, [commitLabel]: source.commit },
    ...(more === undefined
      ? {}
      : {
          additional_contexts: Object.fromEntries(
            Object.entries(more).map(([name, where]) => [name, insideTree(where, source) ?? where]),
          ),
        }),
  };
}

/** @returns the same place in the worktree; null for one that is not in the repository. */
function insideTree(folder: string, { repository, tree }: Source): string | null {
  const inside = path.relative(repository.top, folder);
  return inside.startsWith('..') || path.isAbsolute(inside) ? null : path.join(tree, inside);
}

function failed(error: unknown, commit: string, within: string): KintsugiError {
  const timedOut = error instanceof ExecaError && error.timedOut;
  const said = error instanceof ExecaError ? String(error.all ?? error.originalMessage) : (error as Error).message;
  const end = said
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-5)
    .join(' / ');
  return new KintsugiError(
    'BUILD_FAILED',
    timedOut
      ? `The images of ${commit.slice(0, 12)} were not built within ${within}. The last words: ${end}`
      : `The images of ${commit.slice(0, 12)} cannot be built: ${end.slice(-800)}`,
    {
      state: stillUp,
      hints: ['git log --oneline   # another commit: kintsugi recover code --to COMMIT', 'kintsugi status'],
    },
  );
}

function lastLine(text: string): string | undefined {
  return text
    .split('\n')
    .map((line) => line.trim())
    .findLast((line) => line !== '')
    ?.slice(0, 160);
}
