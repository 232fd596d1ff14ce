import { action, examples } from '../action.ts';
import type { CheckOptions } from '../commands/check.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `check`. */
export function defineCheck(program: KintsugiCommand): void {
  program
    .command('check')
    .description('Check the data of the live database by the plan’s rules and checks, its catalog and its files; reads only')
    .option('--only <name...>', 'Only these rules or checks of the plan')
    .option('--database <name>', 'Another database than the plan’s')
    .option('--incident', 'Open an incident for what is found, as the weekly check does')
    .option('--trend', 'Show what the last runs found, and check nothing')
    .option('--detach', 'Return at once; the check goes on')
    .addHelpText(
      'after',
      examples(
        ['kintsugi check', 'everything; the exit status tells whether something was found'],
        ['kintsugi check --only duplicates', 'one rule'],
        ['kintsugi check --trend', 'what was found over the last weeks'],
      ),
    )
    .action(action<CheckOptions>(async (context, options) => (await import('../commands/check.ts')).check(context, options)));
}
