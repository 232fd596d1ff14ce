import type { StepInput, WorkerContext } from '../context.ts';
import { askEngine } from './engine.ts';
import { removeJob } from './job.ts';
import { labels } from './job-name.ts';

/** Removes every job container of a run, running or not: found by label, so also those that no memory knows of. */
export async function removeJobs(context: WorkerContext, input: StepInput): Promise<{ removed: number }> {
  const found = await askEngine(() =>
    context.docker.listContainers({ all: true, filters: { label: [`${labels.run}=${input.runId}`] } }),
  );
  for (const container of found) await removeJob(context.docker, container.Id);
  return { removed: found.length };
}
