import { type DeployRecord, readDeploys } from '../../deploys/records.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { Plan } from '../../plan/schema.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { stackContainers } from '../docker/stack.ts';
import { imagesOf } from './deploys.ts';
import { commitOf, describeCommit, localChanges, repositoryAt } from './git.ts';

/** The commit that a code rollback goes to. */
export interface FoundCommit {
  readonly commit: string;
  readonly subject: string;
  /** ISO 8601: when it was committed. */
  readonly at: string;
  /** `deployed and healthy on …`, or `given` */
  readonly from: string;
  /** Revision of the schema that it was healthy with; null if that is not known. */
  readonly head: readonly string[] | null;
  /** Files of the checkout that differ from its commit: they are left alone. */
  readonly localChanges: number;
  readonly services: readonly string[];
}

/** @returns the plan’s section on code. @throws KintsugiError PLAN_INVALID where it has none, or names no service. */
export function requireCode(plan: Plan): NonNullable<Plan['code']> {
  if (plan.code !== undefined && plan.code.services.length > 0) return plan.code;
  throw new KintsugiError('PLAN_INVALID', 'The plan does not say where the application’s code is and which services it makes.', {
    state: 'Nothing was stopped or changed.',
    hints: ['add to the plan: code: { repository: ., services: [backend, frontend] }', 'kintsugi plan check'],
  });
}

/**
 * Finds the commit to go back to: the one given, else the newest that was recorded as healthy with other images than run now.
 *
 * @throws KintsugiError NOT_FOUND where there is no such commit, or none was recorded.
 */
export async function findCommit(context: WorkerContext, input: StepInput & { to: string | null }): Promise<FoundCommit> {
  const { services, repository: folder } = requireCode(input.plan);
  const repository = await repositoryAt(context.planFolder, folder);
  const deploys = await readDeploys(context.stateFolder);
  const picked = input.to === null ? await lastOther(context, input, deploys) : null;
  const commit = await commitOf(repository, picked?.commit ?? input.to ?? '');
  const record = picked ?? deploys.find((each) => each.commit === commit) ?? null;
  return {
    commit,
    ...(await describeCommit(repository, commit)),
    from: record === null ? 'given; it was never recorded as healthy' : `deployed and healthy on ${record.at}`,
    head: record?.migration?.head ?? null,
    localChanges: await localChanges(repository),
    services,
  };
}

/** @returns the newest good deployment whose code is not what runs now. */
async function lastOther(context: WorkerContext, input: StepInput, deploys: readonly DeployRecord[]): Promise<DeployRecord> {
  const { services } = requireCode(input.plan);
  const containers = await stackContainers(context.docker, input.plan.stack.project);
  const now = await imagesOf(context, containers);
  const found = lastGoodCode(deploys, services, Object.fromEntries(Object.entries(now).map(([name, { id }]) => [name, id])));
  if (found !== null) return found;
  throw new KintsugiError('NOT_FOUND', 'No other commit was ever recorded as deployed and healthy.', {
    state: 'Nothing was stopped or changed.',
    hints: [
      'git log --oneline   # then: kintsugi recover code --to COMMIT',
      'kintsugi deploys record   # after each deployment that went well',
    ],
  });
}

/**
 * @returns of the recorded deployments, newest first, the first whose commit is certain and whose images are not those that run.
 * @param running id of each service’s image now.
 */
export function lastGoodCode(
  deploys: readonly DeployRecord[],
  services: readonly string[],
  running: Readonly<Record<string, string>>,
): DeployRecord | null {
  const other = ({ images }: DeployRecord) =>
    services.some((service) => images[service] !== undefined && images[service].id !== running[service]);
  return deploys.find((record) => record.commit !== null && !record.dirty && other(record)) ?? null;
}
