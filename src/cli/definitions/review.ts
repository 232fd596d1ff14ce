import { Argument } from 'commander';
import { reviewNames } from '../../reviews/checklist.ts';
import { action, examples } from '../action.ts';
import type { ReviewCompleteOptions } from '../commands/review.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `review list` and `complete`. */
export function defineReview(program: KintsugiCommand): void {
  const review = program
    .command('review')
    .description('Reviews of the plan: monthly, quarterly, annual; they nag until one is done');

  review
    .command('list')
    .description('What is open, with what is to be gone through, and what was completed')
    .addHelpText('after', examples(['kintsugi review list', 'newest first']))
    .action(action(async (context) => (await import('../commands/review.ts')).reviewList(context)));

  review
    .command('complete')
    .description('Say that a review is done')
    .addArgument(new Argument('<review>', 'Which').choices(reviewNames))
    .option('--by <name>', 'Your name; default: $USER')
    .requiredOption('--comment <text>', 'What came of it')
    .addHelpText(
      'after',
      examples(['kintsugi review complete monthly --by Sato --comment "two scenarios added"', 'ends the reminders']),
    )
    .action(
      action<ReviewCompleteOptions>(async (context, options, name = '') =>
        (await import('../commands/review.ts')).reviewComplete(context, name, options),
      ),
    );
}
