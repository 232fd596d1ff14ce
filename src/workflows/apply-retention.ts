import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import { incidentId } from '../incident/contract.ts';
import { type RetentionInput, type RetentionResult, retentionInput } from './contract.ts';
import { parseInput } from './failure.ts';
import { act, check, look } from './proxies.ts';
import { reportProblem, reportRecovered } from './report-problem.ts';
import { searchAttributes } from './search-attributes.ts';

/**
 * Deletes the backups whose time is over, in two steps a day apart, and only while the newest are proven and the clock can be
 * believed; else it deletes nothing and an incident says why.
 */
export async function applyRetention(rawInput: RetentionInput = {}): Promise<RetentionResult> {
  const input = parseInput(retentionInput, rawInput);
  const { plan } = await look.readPlan();
  const { workflowId, runId } = workflowInfo();
  const { project } = plan.stack;
  upsertSearchAttributes([
    { key: searchAttributes.stack, value: project },
    { key: searchAttributes.procedure, value: 'applyRetention' },
  ]);
  await check.checkNewest({ plan, database: plan.database.name, workflowId, runId });
  const { frozen, decisions } = await act.pruneBackups({ plan, clockIsRight: input.clockIsRight });
  const of = (verdict: string) => decisions.filter((each) => each.verdict === verdict).map(({ id }) => id);
  const result = { frozen, deleted: of('delete'), purged: of('purge'), kept: of('keep').length };
  setCurrentDetails(
    frozen.length > 0
      ? `Nothing was deleted: ${frozen.join('; ')}`
      : `${result.deleted.length} deleted, ${result.purged.length} removed for good, ${result.kept} kept`,
  );
  const id = incidentId(project, 'retention');
  if (frozen.length === 0) await reportRecovered(id, 'applyRetention', 'backups are deleted again when their time is over');
  else {
    const problem = `no old backup is deleted: ${frozen.join('; ')}`.slice(0, 500);
    await reportProblem(id, { problem, severity: 'P3', openedBy: 'applyRetention', impact: 'The disk of the backups fills up.' });
  }
  return result;
}
