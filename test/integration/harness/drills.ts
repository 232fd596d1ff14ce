import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { readDrills } from '../../../src/drills/files.ts';
import type { Drill } from '../../../src/drills/record.ts';
import type { TestStack } from './stack.ts';

/** Lets the plan hold drills with the application on the copy, and call nobody. */
export function planDrills(stack: TestStack): void {
  stack.changePlan((plan) => {
    plan.people = {};
    plan.drill = {
      server: { memory: '1GB' },
      application: { service: 'backend', port: 8000, path: '/api/health', memory: '512MB' },
    };
  });
}

/** Starts a drill as the Temporal UI does: under an id of its own. @param input undefined: an empty one. */
export function startDrill(temporal: TestWorkflowEnvironment, stack: TestStack, input?: unknown, type = 'monthlyDrill') {
  return temporal.client.workflow.start(type, {
    taskQueue: `kintsugi-${stack.project}`,
    workflowId: `${type}-${stack.project}`,
    args: input === undefined ? [] : [input],
  });
}

/** @returns the drill that was begun last, as it stands on the disk. */
export async function newestDrill(stack: TestStack): Promise<Drill> {
  const [newest] = await readDrills(`${stack.folder}/.kintsugi`);
  if (newest === undefined) throw new Error('there is no drill on record');
  return newest;
}
