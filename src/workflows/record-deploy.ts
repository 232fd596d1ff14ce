import { workflowInfo } from '@temporalio/workflow';
import type { DeployRecord } from '../deploys/records.ts';
import { type RecordDeployInput, recordDeployInput } from './contract.ts';
import { parseInput } from './failure.ts';
import { look } from './proxies.ts';

/** Records what runs now as good, if every health address answers: what a failed migration and a code rollback go back to. */
export async function recordDeploy(rawInput: RecordDeployInput = {}): Promise<DeployRecord> {
  const input = parseInput(recordDeployInput, rawInput);
  const { plan } = await look.readPlan();
  const { workflowId, runId } = workflowInfo();
  const step = { plan, database: plan.database.name, workflowId, runId };
  await look.checkHealth(step);
  return look.recordDeploy({ ...step, by: input.requestedBy, source: 'kintsugi deploys record', commit: input.commit ?? null });
}
