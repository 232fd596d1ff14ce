import { shortRunId } from '../../workflows/run-id.ts';
import type { StepInput } from '../context.ts';

export const labels = {
  stack: 'kintsugi.stack',
  workflow: 'kintsugi.workflow',
  run: 'kintsugi.run',
  step: 'kintsugi.step',
  /** Missing: a job. */
  kind: 'kintsugi.kind',
} as const;

/** What is no job, although a run made it and its labels say so. */
export const kinds = { scratchServer: 'scratch-server' } as const;

/**
 * @returns the name of a step's job container: made from stack, workflow run and step only, so that every attempt of the
 * step, on a worker that never saw the first one, finds the same container.
 */
export function jobName(input: StepInput, step: string): string {
  return `kintsugi-${input.plan.stack.project}-${shortRunId(input.runId)}-${step}`;
}

/** @returns the labels by which doctor and clean-up find a job after a terminate. */
export function jobLabels(input: StepInput, step: string): Record<string, string> {
  return {
    [labels.stack]: input.plan.stack.project,
    [labels.workflow]: input.workflowId,
    [labels.run]: input.runId,
    [labels.step]: step,
  };
}
