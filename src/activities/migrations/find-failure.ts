import { byText } from '../../catalog/order.ts';
import { type Failed, readFailure } from '../../migrations/tool.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { composeConfig, imageOf } from '../docker/compose.ts';
import { readContainerLog } from '../docker/container-log.ts';
import { askEngine, engineStatus } from '../docker/engine.ts';
import { type StackContainer, stackContainers } from '../docker/stack.ts';
import { requireMigrations } from './tool-job.ts';

/** Which migration failed in the deployment and why, as the containers that migrate said it. */
export interface DeploymentFailure extends Failed {
  /** The container that said it. */
  readonly container: string;
  readonly at: string;
}

/** Reads the logs of the containers that are made of the image with the migrations. @returns null where none tells a failure. */
export async function findMigrationFailure(context: WorkerContext, input: StepInput): Promise<DeploymentFailure | null> {
  const { tool } = requireMigrations(input.plan);
  const containers = (await migratingContainers(context, input)).toSorted((a, b) => byText(b.startedAt, a.startedAt));
  for (const container of containers) {
    const lines: string[] = [];
    let at = container.startedAt;
    // Since its last start: what an earlier one said is mended or no more of interest.
    await readContainerLog(context.docker, container.id, new Date(container.startedAt), (when, line) => {
      lines.push(line);
      at = when;
    });
    const failed = readFailure(tool, lines.join('\n'));
    if (failed !== null && (container.exitCode !== 0 || failed.revision !== null))
      return { ...failed, container: container.name, at };
  }
  return null;
}

/** @returns the containers whose service has the same image as the one that the plan's migrations are in. */
async function migratingContainers(context: WorkerContext, input: StepInput): Promise<StackContainer[]> {
  const { migrations } = requireMigrations(input.plan);
  const model = await composeConfig(context.planFolder, input.plan.stack);
  const image = imageOf(model, migrations.service);
  const services = Object.keys(model.services).filter((name) => imageOf(model, name) === image);
  const containers = await stackContainers(context.docker, input.plan.stack.project);
  return containers.filter(({ service }) => services.includes(service));
}

/** @returns names of one-shot containers that still migrate: they hold locks, or wait for them. */
export async function findMigrating(context: WorkerContext, input: StepInput): Promise<{ id: string; name: string }[]> {
  const model = await composeConfig(context.planFolder, input.plan.stack);
  const awaited = Object.values(model.services).flatMap(({ depends_on = {} }) =>
    Object.entries(depends_on).flatMap(([name, { condition }]) => (condition === 'service_completed_successfully' ? [name] : [])),
  );
  const oneShots = new Set([...awaited, ...input.plan.stack.runOnce]);
  const containers = await migratingContainers(context, input);
  return containers
    .filter(({ service, running, restarting }) => oneShots.has(service) && (running || restarting))
    .map(({ id, name }) => ({ id, name }));
}

/** Stops containers that still migrate; what they had begun in a transaction is taken back by the server. */
export async function stopMigrating(
  context: WorkerContext,
  input: StepInput & { containers: readonly { id: string }[] },
): Promise<{ stopped: number }> {
  for (const { id } of input.containers) {
    try {
      await askEngine(() => context.docker.getContainer(id).stop());
    } catch (error) {
      // 304: it has ended by itself; 404: it is gone.
      if (![304, 404].includes(engineStatus(error) ?? 0)) throw error;
    }
  }
  return { stopped: input.containers.length };
}
