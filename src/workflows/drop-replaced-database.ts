import { CancellationScope, ParentClosePolicy, sleep, startChild, workflowInfo } from '@temporalio/workflow';
import { act, look } from './proxies.ts';

export interface DropReplacedInput {
  /** Name under which the replaced database is kept. */
  readonly name: string;
  /** ISO 8601: not before. */
  readonly until: string;
  /** The database that it was. */
  readonly database: string;
  /** The run that replaced it: the marker must say the same. */
  readonly madeByRun: string;
}

/** Keeps a replaced database until its time is over, then drops it, if its marker still says that it may go. */
export async function dropReplacedDatabase(input: DropReplacedInput): Promise<{ dropped: boolean }> {
  const left = Date.parse(input.until) - Date.now();
  if (left > 0) await sleep(left, { summary: `${input.name} is kept for undo until ${input.until}` });
  const { plan } = await look.readPlan();
  const { workflowId, runId } = workflowInfo();
  return act.dropReplaced({ plan, database: input.database, workflowId, runId, name: input.name, madeByRun: input.madeByRun });
}

/**
 * Starts the keeping of a replaced database: a workflow of its own, which outlives the procedure that replaced it, and is started
 * also when that one is cancelled at this very moment.
 */
export async function keepThenDrop(project: string, kept: DropReplacedInput): Promise<void> {
  await CancellationScope.nonCancellable(() =>
    startChild(dropReplacedDatabase, {
      workflowId: `keep-${project}-${kept.name}`,
      args: [kept],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      staticSummary: `Keeps ${kept.name} until ${kept.until}, then drops it`,
    }),
  );
}
