import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { type MendInput, type MendResult, mendInput } from './contract.ts';
import { parseInput } from './failure.ts';
import { takeLock } from './lock.ts';
import { act, look } from './proxies.ts';
import { searchAttributes } from './search-attributes.ts';

/**
 * Mends what terminated recoveries left, for `kintsugi doctor --mend`. It holds the lock of the stack meanwhile, so that what it
 * clears away cannot belong to a procedure that has just begun.
 */
export async function mendLeftovers(rawInput: MendInput = {}): Promise<MendResult> {
  const input = parseInput(mendInput, rawInput);
  const { workflowId, runId } = workflowInfo();
  const { plan } = await look.readPlan();
  upsertSearchAttributes([
    { key: searchAttributes.stack, value: plan.stack.project },
    { key: searchAttributes.procedure, value: 'mendLeftovers' },
  ]);
  await takeLock(plan.stack.project, 'mendLeftovers', input.requestedBy);
  return act.clearLeftovers({ plan, database: plan.database.name, workflowId, runId, scope: 'all' });
}
