import type { StepInput, WorkerContext } from '../context.ts';
import { askEngine } from './engine.ts';
import { removeJob } from './job.ts';
import { kinds, labels } from './job-name.ts';

/**
 * Removes every job container of a run, running or not: found by label, so also those that no memory knows of. Its scratch server
 * stays: it outlives the jobs of each restore into it.
 */
export async function removeJobs(context: WorkerContext, input: StepInput): Promise<{ removed: number }> {
  const found = await askEngine(() =>
    context.docker.listContainers({ all: true, filters: { label: [`${labels.run}=${input.runId}`] } }),
  );
  const jobs = found.filter((container) => container.Labels[labels.kind] !== kinds.scratchServer);
  for (const container of jobs) await removeJob(context.docker, container.Id);
  return { removed: jobs.length };
}
