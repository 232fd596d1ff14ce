import { action, examples } from '../action.ts';
import type { SchedulesApplyOptions, SchedulesNextOptions, SchedulesPauseOptions } from '../commands/schedules.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `schedules apply`, `list`, `next`, `pause`, `resume` and `run`. */
export function defineSchedules(program: KintsugiCommand): void {
  const schedules = program.command('schedules').description('What runs by itself: the plan’s table as Temporal Schedules');

  schedules
    .command('apply')
    .description('Make the schedules those of the plan: shows what differs first; others’ schedules are not touched')
    .option('--dry-run', 'Only show what differs')
    .option('--yes', 'Do not ask before what was changed by hand is overwritten')
    .addHelpText(
      'after',
      examples(['kintsugi schedules apply --dry-run', 'what differs from the plan, and what was changed by hand']),
    )
    .action(
      action<SchedulesApplyOptions>(async (context, options) =>
        (await import('../commands/schedules.ts')).schedulesApply(context, options),
      ),
    );

  schedules
    .command('list')
    .description('List the schedules: the next and the last date, missed ones, and why one is paused')
    .addHelpText('after', examples(['kintsugi schedules list', 'what Temporal has']))
    .action(action(async (context) => (await import('../commands/schedules.ts')).schedulesList(context)));

  schedules
    .command('next')
    .description('Show the coming dates of everything, in the plan’s time zone; works without Temporal, too')
    .option('--count <number>', 'How many of each', '3')
    .addHelpText('after', examples(['kintsugi schedules next --count 12', 'a year of first Fridays']))
    .action(
      action<SchedulesNextOptions>(async (context, options) =>
        (await import('../commands/schedules.ts')).schedulesNext(context, options),
      ),
    );

  schedules
    .command('pause')
    .description('Stop a schedule until it is resumed; what runs already goes on')
    .argument('<name>', 'Name of a schedule: backups, retention, …')
    .requiredOption('--reason <text>', 'Why; shown by `list`')
    .addHelpText(
      'after',
      examples(['kintsugi schedules pause backups --reason "disk is being changed"', 'no backup until resume']),
    )
    .action(
      action<SchedulesPauseOptions>(async (context, options, name = '') =>
        (await import('../commands/schedules.ts')).schedulesPause(context, name, options),
      ),
    );

  schedules
    .command('resume')
    .description('Let a paused schedule run again')
    .argument('<name>', 'Name of a schedule')
    .addHelpText('after', examples(['kintsugi schedules resume backups', 'from its next date on']))
    .action(
      action<object>(async (context, _options, name = '') =>
        (await import('../commands/schedules.ts')).schedulesResume(context, name),
      ),
    );

  schedules
    .command('run')
    .description('Run what a schedule runs, now')
    .argument('<name>', 'Name of a schedule')
    .addHelpText('after', examples(['kintsugi schedules run backups', 'one backup, for all tiers that are due']))
    .action(
      action<object>(async (context, _options, name = '') =>
        (await import('../commands/schedules.ts')).schedulesRun(context, name),
      ),
    );
}
