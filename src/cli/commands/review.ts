import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { type ReviewName, reviewItems } from '../../reviews/checklist.ts';
import { readReviews } from '../../reviews/records.ts';
import { clock, words } from '../../text/time.ts';
import { type CompleteReviewInput, type ReviewInput, reviewUpdate } from '../../workflows/review-contract.ts';
import type { CliContext } from '../context.ts';
import { startedWith } from '../follow/started-with.ts';
import { connect, requireWorker, type Temporal, withTemporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';

export interface ReviewCompleteOptions {
  readonly by?: string;
  readonly comment: string;
}

interface OpenReview {
  readonly review: ReviewName;
  readonly workflowId: string;
  readonly runId: string;
  readonly since: string;
}

/** `kintsugi review list`: what was completed also without Temporal. */
export async function reviewList(context: CliContext): Promise<void> {
  const { plan, stateFolder } = await context.loadPlan();
  const { zone } = plan;
  const now = Date.now();
  const completed = (await readReviews(stateFolder)).toReversed();
  const temporal = await connect(plan, 1_500).catch(() => null);
  const open = temporal === null ? null : await openReviews(temporal).finally(() => temporal.connection.close());
  context.answer({ type: 'reviews', open, completed });
  const { colors } = context.screen;
  if (open === null) context.say('  Temporal does not answer: what is open is not known.');
  for (const { review, since } of open ?? []) {
    context.say(
      `  ${colors.yellow(`▸ ${review} review is open`)} since ${clock(since, zone, now)} (${words(now - Date.parse(since))})`,
    );
    for (const item of reviewItems(review)) context.say(`      - ${item}`);
    context.say(`      kintsugi review complete ${review} --comment TEXT`);
  }
  for (const { review, at, by, comment } of completed)
    context.say(`  ${colors.green('✔')} ${clock(at, zone, now)}  ${review}  ${by}: ${comment}`);
  if ((open ?? []).length === 0 && completed.length === 0)
    context.say('  No review was asked for yet. Their dates: kintsugi schedules next');
}

/** `kintsugi review complete` @throws KintsugiError NOT_FOUND where that review is not open. */
export async function reviewComplete(context: CliContext, review: string, options: ReviewCompleteOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const found = (await openReviews(temporal)).find((each) => each.review === review);
    if (found === undefined)
      throw new KintsugiError('NOT_FOUND', `No ${review} review is open.`, {
        state: 'Nothing was recorded.',
        hints: ['kintsugi review list', 'kintsugi schedules next'],
      });
    const input: CompleteReviewInput = { by: whoAsks(options.by), comment: options.comment };
    const handle = temporal.client.workflow.getHandle(found.workflowId, found.runId);
    await handle.executeUpdate(reviewUpdate, { args: [input] });
    context.answer({ type: 'completed', workflowId: found.workflowId, review, ...input });
    context.say(`${context.screen.colors.green('✔')} The ${review} review is completed by ${input.by}.`);
  });
}

/** Which review it is stands in its input, which a memo or an id would only repeat. */
async function openReviews(temporal: Temporal): Promise<OpenReview[]> {
  const query = `WorkflowType = 'reviewPlan' AND ExecutionStatus = 'Running' AND TaskQueue = '${temporal.taskQueue}'`;
  const found: OpenReview[] = [];
  for await (const { workflowId, runId, startTime } of temporal.client.workflow.list({ query })) {
    const { input } = await startedWith<ReviewInput>(temporal, workflowId, runId);
    found.push({ review: input?.review ?? 'monthly', workflowId, runId, since: startTime.toISOString() });
  }
  return found;
}
