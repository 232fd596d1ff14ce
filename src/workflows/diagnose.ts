import { workflowInfo } from '@temporalio/workflow';
import type { Diagnosis } from '../diagnosis/facts.ts';
import { noInput } from './contract.ts';
import { parseInput } from './failure.ts';
import { look } from './proxies.ts';

/** Says what is wrong with the stack and what to start. Reads only, holds no lock, and may run beside a recovery. */
export async function diagnose(rawInput: object = {}): Promise<Diagnosis> {
  parseInput(noInput, rawInput);
  const { plan } = await look.readPlan();
  const { workflowId, runId } = workflowInfo();
  return look.diagnoseStack({ plan, database: plan.database.name, workflowId, runId });
}
