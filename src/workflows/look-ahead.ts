import { upsertSearchAttributes } from '@temporalio/workflow';
import { z } from 'zod';
import { wallClock } from '../incident/calendar.ts';
import { incidentId } from '../incident/contract.ts';
import { gapsOnCall } from '../incident/gaps.ts';
import { parseInput } from './failure.ts';
import { look } from './proxies.ts';
import { reportProblem, reportRecovered } from './report-problem.ts';
import { searchAttributes } from './search-attributes.ts';

const noInput = z.strictObject({});
const aheadMs = 14 * 86_400_000;

/** Names the roles that nobody has in the next 14 days: found now, it is a matter of a line in the plan. */
export async function lookAhead(rawInput: Record<string, never> = {}): Promise<{ gaps: readonly string[] }> {
  parseInput(noInput, rawInput);
  const { plan } = await look.readPlan();
  upsertSearchAttributes([
    { key: searchAttributes.stack, value: plan.stack.project },
    { key: searchAttributes.procedure, value: 'lookAhead' },
  ]);
  const now = Date.now();
  const gaps = gapsOnCall(plan, now, now + aheadMs).map(
    ({ role, from, to }) => `${role}: nobody from ${wallClock(from, plan.zone)} to ${wallClock(to, plan.zone)}`,
  );
  const id = incidentId(plan.stack.project, 'on-call-gaps');
  if (gaps.length === 0) await reportRecovered(id, 'lookAhead', 'every role has somebody in the next 14 days');
  else {
    const problem = `on-call gaps: ${gaps.join('; ')}`.slice(0, 500);
    await reportProblem(id, {
      problem,
      severity: 'P3',
      openedBy: 'lookAhead',
      impact: 'Nobody would be called for these roles.',
    });
  }
  return { gaps };
}
