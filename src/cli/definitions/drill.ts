import { Option } from 'commander';
import { verdicts } from '../../drills/record.ts';
import { action, examples } from '../action.ts';
import type { DrillRunOptions } from '../commands/drill-run.ts';
import type { DrillSignOffOptions } from '../commands/drill-sign-off.ts';
import type { ReportOptions } from '../commands/report.ts';
import type { KintsugiCommand } from '../usage.ts';

const id = 'Id of a drill as `kintsugi drill list` shows it; default: the newest';

/** Adds `drill run`, `list`, `report` and `sign-off`. */
export function defineDrill(program: KintsugiCommand): void {
  const drill = program.command('drill').description('Drills: show that a stored backup can be brought back in time');

  drill
    .command('run')
    .description('Hold a drill now: a stored backup is restored apart from production, compared, measured and removed')
    .option('--backup <id>', 'A stored backup, or its beginning; default: by the plan’s policy')
    .option('--annual', 'The annual test: the newest of each tier, and a month-old one')
    .option('--reason <text>', 'Why')
    .option('--by <name>', 'Your name; default: $USER')
    .option('--detach', 'Return at once; the drill goes on')
    .addHelpText(
      'after',
      examples(
        ['kintsugi drill run', 'what the schedule does on the first Friday of each month'],
        ['kintsugi drill run --backup 20261123T17', 'with a certain backup'],
      ),
    )
    .action(
      action<DrillRunOptions>(async (context, options) => (await import('../commands/drill-run.ts')).drillRun(context, options)),
    );

  drill
    .command('list')
    .description('Drills that were held, and each date without one; needs neither Temporal nor Docker')
    .addHelpText('after', examples(['kintsugi drill list', 'newest first; a date without a drill is red']))
    .action(action(async (context) => (await import('../commands/drill-list.ts')).drillList(context)));

  drill
    .command('report')
    .description('The report of a drill, also of one that failed')
    .argument('[id]', id)
    .addOption(
      new Option('--format <format>', 'How; default: what the name of --output says, else md').choices(['html', 'md', 'json']),
    )
    .option('--output <file>', 'Write it there instead of showing it')
    .addHelpText('after', examples(['kintsugi drill report --output drill.html', 'the newest, as a page to print or to send']))
    .action(
      action<ReportOptions>(async (context, options, name) =>
        (await import('../commands/drill-report.ts')).drillReportCommand(context, options, name),
      ),
    );

  drill
    .command('sign-off')
    .description('Sign a drill off: what you saw, what is done about it, and by whom')
    .argument('[id]', id)
    .option('--by <name>', 'Your name; default: $USER')
    .addOption(new Option('--verdict <verdict>', 'What you say of it').choices(verdicts).makeOptionMandatory())
    .requiredOption('--comment <text>', 'Why, in a sentence')
    .option('--participant <name...>', 'Who else took part')
    .option('--observation <text...>', 'What was seen')
    .option('--action <text...>', 'What is done about it, who does it, until when: "what|who|2026-12-31"')
    .addHelpText(
      'after',
      examples(
        ['kintsugi drill sign-off --by Sato --verdict accepted --comment "as planned"', 'the newest drill'],
        [
          'kintsugi drill sign-off --verdict accepted-with-actions --comment "slow" --action "a faster disk|Tanaka|2026-12-31"',
          'with an action',
        ],
      ),
    )
    .action(
      action<DrillSignOffOptions>(async (context, options, name) =>
        (await import('../commands/drill-sign-off.ts')).drillSignOff(context, options, name),
      ),
    );
}
