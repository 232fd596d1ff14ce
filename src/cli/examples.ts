/** Keeps the examples there that the Temporal UI fills in its form "Start Workflow" from: see src/workflows/example.ts. */
import { createHash } from 'node:crypto';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type { Plan } from '../plan/schema.ts';
import { type Example, exampleIdPrefix, examplesOf } from '../workflows/example.ts';
import { exampleMemo } from '../workflows/example-run.ts';
import type { Temporal } from './temporal.ts';

/**
 * Starts the examples that are missing, because they are new or because Temporal's retention took them, and those that are of another plan
 * or build. Each ends at once and does nothing.
 *
 * @returns how many were started.
 */
export async function keepExamples(temporal: Temporal, plan: Plan): Promise<number> {
  const there = await found(temporal);
  const missing = examplesOf(plan).filter((example) => !there.has(keyOf(example)));
  // The UI lists the newest first.
  for (const example of missing.toReversed()) await start(temporal, example);
  return missing.length;
}

/** @returns keys of the examples of this task queue. */
async function found({ client, taskQueue }: Temporal): Promise<Set<string>> {
  const query = `TaskQueue = '${taskQueue}' AND WorkflowId STARTS_WITH '${exampleIdPrefix}'`;
  const keys = new Set<string>();
  for await (const { memo } of client.workflow.list({ query })) {
    const key = memo?.[exampleMemo];
    if (typeof key === 'string') keys.add(key);
  }
  return keys;
}

async function start({ client, taskQueue }: Temporal, example: Example): Promise<void> {
  const { workflowType, workflowId, input, details } = example;
  try {
    await client.workflow.start(workflowType, {
      taskQueue,
      workflowId,
      args: [input],
      memo: { [exampleMemo]: keyOf(example) },
      // The form takes over both for what is started like it.
      staticSummary: 'Started in the Temporal UI',
      staticDetails: details,
    });
  } catch (error) {
    // One that a person started from the UI is at work under this id: it is as good to be started like.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}

/** The same exactly when the example is the same. */
function keyOf(example: Example): string {
  const text = JSON.stringify([example.workflowId, example.workflowType, example.input, example.details]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
