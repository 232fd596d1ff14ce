/**
 * What is the same for all workflows and is said in none of them: the line beside each activity in the Temporal UI, and the examples from which its form
 * "Start Workflow" is filled in. Bundled with the workflows by scripts/build.mjs.
 */
import {
  setCurrentDetails,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
  type WorkflowOutboundCallsInterceptor,
  workflowInfo,
} from '@temporalio/workflow';
import { summaryOf } from './activity-summaries.ts';
import { type ExampleResult, exampleMemo, exampleResult, exampleSays } from './example-run.ts';

const outbound: WorkflowOutboundCallsInterceptor = {
  scheduleActivity: (input, next) => {
    const summary = input.options.summary ?? summaryOf(input.activityType, input.args[0]);
    return next({ ...input, options: { ...input.options, summary } });
  },
};

const inbound: WorkflowInboundCallsInterceptor = {
  // Not async: a procedure must take its first step in the same turn as without this, or recorded histories would not fit.
  execute: (input, next) => (workflowInfo().memo?.[exampleMemo] !== undefined ? beExample() : next(input)),
};

/** Ends at once, whatever the procedure: nothing of it runs. The form takes an input from a run that is there, and from nowhere else. */
function beExample(): Promise<ExampleResult> {
  setCurrentDetails(exampleSays);
  return Promise.resolve({ example: true, says: exampleResult });
}

/** @returns the interceptors of every workflow. */
export function interceptors(): WorkflowInterceptors {
  return { inbound: [inbound], outbound: [outbound] };
}
