import { sleep, workflowInfo } from '@temporalio/workflow';
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
