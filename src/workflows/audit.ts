import { isCancellation, setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import { z } from 'zod';
import { fromFailure } from '../errors/failure.ts';
import { incidentId } from '../incident/contract.ts';
import { parseInput } from './failure.ts';
import { look } from './proxies.ts';
import { reportProblem, reportRecovered } from './report-problem.ts';
import { searchAttributes } from './search-attributes.ts';

const noInput = z.strictObject({});

/** The subject of an address outside that can't be told. */
const outside = 'dead-mans-switch';

export interface AuditResult {
  /** What is not well, one line each. */
  readonly problems: readonly string[];
  /** `told`: the address outside heard that all is well. */
  readonly outside: 'told' | 'not told' | 'none';
}

/**
 * Looks at Kintsugi itself: overdue incidents, missing and missed schedules, late backups. What is not well opens an incident; only
 * when all is well is the address outside told, so that silence is the alarm, also when Temporal or the worker is gone.
 */
export async function audit(rawInput: Record<string, never> = {}): Promise<AuditResult> {
  parseInput(noInput, rawInput);
  const { plan } = await look.readPlan();
  const { project } = plan.stack;
  upsertSearchAttributes([
    { key: searchAttributes.stack, value: project },
    { key: searchAttributes.procedure, value: 'audit' },
  ]);
  const { findings, tell, recovered, record } = await look.lookAtAll({ plan });
  for (const { subject, severity, problem } of tell)
    await reportProblem(incidentId(project, subject), { problem, severity, openedBy: 'audit' });
  for (const subject of recovered) await reportRecovered(incidentId(project, subject), 'audit', 'it is well again');
  await look.rememberAudit({ record });

  const problems = findings.map(({ problem }) => problem);
  setCurrentDetails(problems.length === 0 ? 'All is well.' : problems.map((problem) => `- ${problem}`).join('\n'));
  if (plan.deadMansSwitch.url === undefined) return { problems, outside: 'none' };
  if (problems.length > 0) return { problems, outside: 'not told' };
  try {
    await look.pingOutside({ plan });
    return { problems, outside: 'told' };
  } catch (error) {
    if (isCancellation(error)) throw error;
    const problem = fromFailure(error).message.slice(0, 500);
    await reportProblem(incidentId(project, outside), { problem, severity: 'P3', openedBy: 'audit' });
    return { problems: [problem], outside: 'not told' };
  }
}
