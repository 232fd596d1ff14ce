import { Option } from 'commander';
import { channelNames } from '../../channels/contract.ts';
import { action, examples } from '../action.ts';
import type { NotifyTestOptions } from '../commands/notify-test.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `notify test`. */
export function defineNotify(program: KintsugiCommand): void {
  const notify = program.command('notify').description('Messages to people: see whether they arrive');

  notify
    .command('test')
    .description('Send a test message to every contact over each of its ways, and say which answered')
    .option('--person <name>', 'Only to this one of the plan’s people')
    .addOption(new Option('--channel <name>', 'Only over this channel').choices(channelNames))
    .option('--quiet', 'Only try the channels: connection and credentials, without waking anybody')
    .option('--yes', 'Do not ask first')
    .addHelpText(
      'after',
      examples(
        ['kintsugi notify test', 'mails, posts, text messages and calls to all: asks first'],
        ['kintsugi notify test --quiet', 'what the schedule does every day'],
        ['kintsugi notify test --person sato --channel email', 'one mail to one person'],
      ),
    )
    .action(
      action<NotifyTestOptions>(async (context, options) =>
        (await import('../commands/notify-test.ts')).notifyTest(context, options),
      ),
    );
}
