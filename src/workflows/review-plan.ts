import { CancellationScope, condition, defineUpdate, isCancellation, setHandler, workflowInfo } from '@temporalio/workflow';
import { incidentId } from '../incident/contract.ts';
import { reviewItems } from '../reviews/checklist.ts';
import type { CompletedReview } from '../reviews/records.ts';
import { failure, faultsOf, parseInput } from './failure.ts';
import { act, look } from './proxies.ts';
import { reportProblem, reportRecovered } from './report-problem.ts';
import { type CompleteReviewInput, completeReviewInput, type ReviewInput, reviewInput, reviewUpdate } from './review-contract.ts';
import { listAs } from './search-attributes.ts';
import { Procedure } from './steps.ts';

const remindEvery = '7d';

/**
 * Asks people to review the plan, and reminds them until one says that it is done: an incident of the lowest severity that comes back
 * every week, also if it was closed meanwhile.
 *
 * @param rawInput without one it is the monthly review.
 */
export async function reviewPlan(rawInput: ReviewInput = {}): Promise<CompletedReview> {
  const { review } = parseInput(reviewInput, rawInput);
  const { plan, planSha256 } = await look.readPlan();
  const { runId, startTime } = workflowInfo();
  const { project } = plan.stack;
  const procedure = new Procedure(
    { procedure: 'reviewPlan', stack: project, database: plan.database.name, severity: 'P4', rtoMs: 0 },
    [
      ['ask', 'ask for the review'],
      ['complete', 'a person completes it'],
    ],
    plan.zone,
  );
  listAs({ stack: project, procedure: 'reviewPlan' });
  let done: { by: string; comment: string; at: string } | null = null;
  const isDone = () => done !== null;
  setHandler(
    defineUpdate<{ by: string }, [CompleteReviewInput]>(reviewUpdate),
    ({ by, comment }) => {
      done ??= { by: by.trim(), comment: comment.trim(), at: new Date().toISOString() };
      return { by: done.by };
    },
    { validator: refuseUnfit, description: 'The review was done: who did it, and what came of it' },
  );

  const incident = incidentId(project, `review-${review}`);
  const items = reviewItems(review);
  const command = `kintsugi review complete ${review} --comment TEXT`;
  const ask = (problem: string) =>
    reportProblem(incident, {
      problem,
      severity: 'P4',
      openedBy: 'reviewPlan',
      impact: `To do: ${items.join('; ')}. When it is done: ${command}`,
    });
  let reminders = 0;
  try {
    await procedure.step('ask', () => ask(`the ${review} review of the plan is due`), { note: () => incident });
    procedure.phase('running', [...items.map((item) => `- ☐ ${item}`), `\nWhen it is done: \`${command}\``].join('\n'));
    await procedure.step(
      'complete',
      async () => {
        while (!(await condition(isDone, remindEvery))) {
          reminders += 1;
          await ask(`the ${review} review of the plan is still open, since ${startTime.toISOString().slice(0, 10)}`);
        }
      },
      { note: () => `${done?.by}: ${done?.comment}` },
    );
  } catch (error) {
    if (isCancellation(error)) await CancellationScope.nonCancellable(async () => procedure.phase('cancelled'));
    throw error;
  }
  const { by, comment, at } = done ?? { by: '', comment: '', at: '' };
  const kept = await act.recordReview({
    review,
    askedAt: startTime.toISOString(),
    at,
    by,
    comment,
    reminders,
    planSha256,
    runId,
  });
  await reportRecovered(incident, by, comment.slice(0, 500));
  procedure.phase('completed', `Reviewed by ${by}: ${comment}`);
  return kept;
}

function refuseUnfit(input: CompleteReviewInput): void {
  const parsed = completeReviewInput.safeParse(input);
  if (!parsed.success) throw failure('INVALID_INPUT', `The answer is not right: ${faultsOf(parsed.error)}.`);
}
