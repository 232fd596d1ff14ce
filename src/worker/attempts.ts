import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { RunReference } from '../activities/context.ts';

/** The attempts that this worker is at now. A run that was terminated may have one that does not know it yet. */
export class Attempts {
  readonly #running = new Set<RunReference>();

  /** @returns the run of each attempt that is being worked on in this process. */
  atWork(): RunReference[] {
    return [...this.#running];
  }

  /** Counts each attempt while it runs. It stands first in the worker's list, so that it counts to the very end. */
  interceptor(): ActivityInterceptorsFactory {
    return ({ info }) => ({
      inbound: {
        execute: async (input, next) => {
          const { workflowId = '', runId = '' } = info.workflowExecution ?? {};
          const attempt = { workflowId, runId };
          this.#running.add(attempt);
          try {
            return await next(input);
          } finally {
            this.#running.delete(attempt);
          }
        },
      },
    });
  }
}
