import { readDeploys } from '../../deploys/records.ts';
import type { Observed } from '../../diagnosis/facts.ts';
import type { Plan } from '../../plan/schema.ts';
import { imagesOf } from '../code/deploys.ts';
import type { WorkerContext } from '../context.ts';
import { stackContainers } from '../docker/stack.ts';

/**
 * @returns the services of the plan's code whose image is another one than when the stack was last recorded as deployed and
 *   healthy with a commit that is certain; none where nothing was ever recorded, or it can't be told now.
 */
export async function newCode(context: WorkerContext, { stack, code }: Plan): Promise<Observed['newCode']> {
  if (code === undefined) return [];
  const good = (await readDeploys(context.stateFolder)).find(({ commit, dirty }) => commit !== null && !dirty);
  if (good?.commit == null) return [];
  const { commit, at } = good;
  const containers = await stackContainers(context.docker, stack.project);
  const own = containers.filter(({ service }) => code.services.includes(service));
  // A container or its image may go while it is asked about.
  const now = await imagesOf(context, own).catch(() => ({}) as Awaited<ReturnType<typeof imagesOf>>);
  return code.services.flatMap((service) => {
    const [before, after] = [good.images[service]?.id, now[service]?.id];
    return before === undefined || after === undefined || before === after ? [] : [{ service, commit, at }];
  });
}
