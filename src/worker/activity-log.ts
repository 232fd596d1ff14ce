import { defaultPayloadConverter } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { incidentHeader } from '../workflows/incident-header.ts';

/** They look every few minutes for ever: only what goes wrong in them is worth a line. */
const quiet: readonly string[] = ['audit', 'watchStack'];

/**
 * @returns an interceptor by which every line that is logged for an activity says of which run and incident, and by which
 *   each attempt that was done leaves a line. Temporal's SDK logs those that failed.
 */
export function activityLogInterceptor(): ActivityInterceptorsFactory {
  return ({ info, log }) => {
    let incident: string | undefined;
    return {
      inbound: {
        async execute(input, next) {
          const header = input.headers[incidentHeader];
          if (header !== undefined) incident = defaultPayloadConverter.fromPayload<string>(header);
          const began = performance.now();
          const result = await next(input);
          if (!quiet.includes(info.workflowType ?? '')) log.info('Step done', { ms: Math.round(performance.now() - began) });
          return result;
        },
      },
      outbound: {
        getLogAttributes(attributes, next) {
          // The token is of use to the SDK alone, and as long as all the rest; the run has the name that workflows give it.
          const { taskToken: _token, workflowRunId: _run, ...rest } = next(attributes);
          const runId = info.workflowExecution?.runId;
          return { ...rest, ...(runId === undefined ? {} : { runId }), ...(incident === undefined ? {} : { incident }) };
        },
      },
    };
  };
}
