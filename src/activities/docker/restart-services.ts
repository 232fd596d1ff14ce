import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { writeDurably } from '../../catalog/durable.ts';
import type { Restarts } from '../../diagnosis/crash.ts';
import { milliseconds } from '../../plan/units.ts';
import { beating } from '../backups/beat.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { askEngine, engineStatus } from './engine.ts';
import { stackContainers } from './stack.ts';

/** So many are remembered. */
const most = 100;

export interface RestartInput extends StepInput {
  /** In the order in which they are to start. */
  readonly services: readonly string[];
  /** Ids of containers that stay as they are: replicas that are well. */
  readonly spare: readonly string[];
  /** ISO 8601. What was started later than this was started by an attempt before this one. */
  readonly since: string;
}

/**
 * Stops the running containers of services, the last service first, and notes it, so that the next recovery sees a loop. To start
 * them is `startStack`'s.
 *
 * @returns the names of the containers that were stopped.
 */
export async function restartServices(context: WorkerContext, input: RestartInput): Promise<{ stopped: readonly string[] }> {
  const { plan, services, spare, since } = input;
  await noteRestarts(context, input);
  const { stopWithin } = plan.stack;
  const grace = stopWithin === undefined ? {} : { t: Math.ceil(milliseconds(stopWithin) / 1000) };
  const stopped: string[] = [];
  await beating(
    () => ({ text: `stopping ${services.join(', ')}` }),
    async () => {
      for (const service of services.toReversed()) {
        const running = (await stackContainers(context.docker, plan.stack.project)).filter(
          (container) =>
            container.service === service &&
            (container.running || container.restarting) &&
            container.startedAt < since &&
            !spare.includes(container.id),
        );
        await Promise.all(
          running.map(async ({ id, name }) => {
            await stop(context, id, grace);
            stopped.push(name);
          }),
        );
      }
    },
  );
  return { stopped };
}

async function stop({ docker }: WorkerContext, id: string, grace: { t?: number }): Promise<void> {
  try {
    await askEngine(() => docker.getContainer(id).stop(grace));
  } catch (error) {
    const status = engineStatus(error);
    if (status !== 304 && status !== 404) throw error;
  }
}

interface Noted {
  readonly service: string;
  readonly at: string;
  readonly runId: string;
}

function fileOf({ stateFolder }: Pick<WorkerContext, 'stateFolder'>): string {
  return path.join(stateFolder, 'restarts.json');
}

/** @returns when Kintsugi restarted services of this stack, oldest first. */
export async function readRestarts(context: Pick<WorkerContext, 'stateFolder'>): Promise<Restarts> {
  return (await noted(context)).map(({ service, at }) => ({ service, at }));
}

async function noted(context: Pick<WorkerContext, 'stateFolder'>): Promise<Noted[]> {
  try {
    return JSON.parse(await readFile(fileOf(context), 'utf8')) as Noted[];
  } catch {
    return [];
  }
}

/** A full disk must not keep a service from being restarted: then nothing is noted. */
async function noteRestarts(context: WorkerContext, { services, runId }: RestartInput): Promise<void> {
  const before = await noted(context);
  const mine = services.filter((service) => !before.some((each) => each.runId === runId && each.service === service));
  if (mine.length === 0) return;
  const all = [...before, ...mine.map((service) => ({ service, at: new Date().toISOString(), runId }))].slice(-most);
  const file = fileOf(context);
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeDurably(`${file}.new`, `${JSON.stringify(all, null, 2)}\n`);
    await rename(`${file}.new`, file);
  } catch {
    // The loop of a later run may go unseen.
  }
}
