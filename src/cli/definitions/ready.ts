import { action, examples } from '../action.ts';
import type { ReadyOptions } from '../commands/ready.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `ready`. */
export function defineReady(program: KintsugiCommand): void {
  program
    .command('ready')
    .description(
      'Could we recover right now, how much would we lose, how long would it take: green, amber or red, with the reason',
    )
    .option('--html <file>', 'Also write a page with pictures, readable without a network')
    .addHelpText(
      'after',
      `${examples(
        ['kintsugi ready', 'the answer, and what to type where it is not green'],
        ['kintsugi ready --html /srv/www/ready.html', 'for a wall, from cron'],
        ['kintsugi ready --json', 'the same for programs'],
      )}

Exit status, as monitors read it:
  0   green: a recovery would work now, as promised
  1   amber: it would work, and something needs a person soon
  2   red: it would not work, or not as promised
  3   the plan can’t be read, so it is not known (more: another error; what it is stands on standard error)`,
    )
    .action(action<ReadyOptions>(async (context, options) => (await import('../commands/ready.ts')).ready(context, options)));
}
