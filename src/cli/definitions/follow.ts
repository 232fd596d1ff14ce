import { Option } from 'commander';
import { action, examples } from '../action.ts';
import type { DecideOptions, ProceedOptions } from '../commands/decide.ts';
import type { ReportOptions } from '../commands/report.ts';
import type { KintsugiCommand } from '../usage.ts';

const id = 'Id of a procedure; default: the one that runs, else the last recovery';

/** Adds `status`, `watch`, `approve`, `refuse`, `proceed`, `cancel` and `report`. */
export function defineFollow(program: KintsugiCommand): void {
  program
    .command('status')
    .description('What state everything is in: application, backups, worker, and the running or last recovery')
    .argument('[id]', id)
    .addHelpText('after', examples(['kintsugi status', 'once, at a glance'], ['kintsugi status --json', 'for a script']))
    .action(action(async (context, _options, name) => (await import('../commands/status.ts')).status(context, name)));

  program
    .command('watch')
    .description('Follow a procedure to its end; Ctrl-C leaves it running')
    .argument('[id]', id)
    .addHelpText(
      'after',
      examples(['kintsugi watch', 'follow what runs'], ['kintsugi watch --json', 'one JSON object for each change']),
    )
    .action(action(async (context, _options, name) => (await import('../commands/watch.ts')).watchCommand(context, name)));

  for (const verb of ['approve', 'refuse'] as const) {
    program
      .command(verb)
      .description(
        verb === 'approve'
          ? 'Approve what a procedure asks for'
          : 'Refuse what a procedure asks for; it ends, nothing was changed',
      )
      .argument('[id]', id)
      .option('--by <name>', 'Your name; default: $USER')
      .requiredOption('--reason <text>', 'Why')
      .addHelpText(
        'after',
        examples([`kintsugi ${verb} restore-uns-claudejp --by Sato --reason "confirmed with the team"`, verb]),
      )
      .action(
        action<DecideOptions>(async (context, options, name) =>
          (await import('../commands/decide.ts')).decide(context, verb, options, name),
        ),
      );
  }

  program
    .command('proceed')
    .description('Choose how a procedure goes on that waits for a choice')
    .argument('<choice>', 'One of those that it offers, such as retry')
    .argument('[id]', id)
    .option('--by <name>', 'Your name; default: $USER')
    .requiredOption('--reason <text>', 'Why')
    .option('--to <commit>', 'For rollBackCode: the commit')
    .addHelpText('after', examples(['kintsugi proceed retry --by Sato --reason "the migration is fixed"', 'tries it again']))
    .action(
      action<ProceedOptions>(async (context, options, choice, name) =>
        (await import('../commands/decide.ts')).proceed(context, options, choice ?? '', name),
      ),
    );

  program
    .command('cancel')
    .description('Stop a procedure; it takes back what it did before it ends')
    .argument('[id]', id)
    .option('--detach', 'Return at once; it goes on cleaning up')
    .addHelpText('after', examples(['kintsugi cancel', 'the old database comes back, the services start again']))
    .action(
      action<{ detach?: boolean }>(async (context, options, name) =>
        (await import('../commands/cancel.ts')).cancel(context, options, name),
      ),
    );

  program
    .command('report')
    .description('The report of a run or an incident: during and after it, however it ended, and without Temporal')
    .argument('[id]', id)
    .addOption(
      new Option('--format <format>', 'How; default: what the name of --output says, else md').choices(['html', 'md', 'json']),
    )
    .option('--output <file>', 'Write it there instead of showing it')
    .addHelpText(
      'after',
      examples(
        ['kintsugi report', 'the run that goes on, else the last recovery'],
        ['kintsugi report --output recovery.html', 'a page to print or to send'],
        ['kintsugi report incident-uns-claudejp-reported-4f2a1c --output incident.html', 'an incident with its recoveries'],
        ['kintsugi report restore-uns-claudejp/6ee70167 --format json', 'a certain run, for a program'],
      ),
    )
    .action(
      action<ReportOptions>(async (context, options, name) =>
        (await import('../commands/report.ts')).report(context, options, name),
      ),
    );
}
