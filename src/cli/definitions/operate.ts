import { action, examples } from '../action.ts';
import type { DoctorOptions } from '../commands/doctor.ts';
import type { DownOptions } from '../commands/down.ts';
import type { UpOptions } from '../commands/up.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `up`, `down` and `doctor`. */
export function defineOperate(program: KintsugiCommand): void {
  program
    .command('up')
    .description('Start what is needed on this machine: Temporal (unless one answers already), the worker and the schedules')
    .option('--embedded', 'The plan’s Temporal is gone: let one on this machine stand in for it until kintsugi down')
    .option('--no-schedules', 'Leave the schedules as they are: nothing new will run by itself')
    .addHelpText(
      'after',
      examples(
        ['kintsugi up', 'start; what runs already stays as it is'],
        ['kintsugi up --embedded', 'recover without the Temporal that the plan names'],
      ),
    )
    .action(action<UpOptions>(async (context, options) => (await import('../commands/up.ts')).up(context, options)));

  program
    .command('down')
    .description('Stop the worker and the Temporal that `kintsugi up` started; their state stays')
    .option('--yes', 'Also while a procedure runs; it goes on after the next `kintsugi up`')
    .addHelpText('after', examples(['kintsugi down', 'stop; the application and the backups are not touched']))
    .action(action<DownOptions>(async (context, options) => (await import('../commands/down.ts')).down(context, options)));

  program
    .command('doctor')
    .description('See whether a recovery would work now, and what is left over from earlier ones')
    .option('--mend', 'Mend what can be mended; asks first on a terminal')
    .option('--yes', 'With --mend: do not ask')
    .addHelpText(
      'after',
      examples(['kintsugi doctor', 'look, change nothing'], ['kintsugi doctor --mend', 'mend what can be mended']),
    )
    .action(action<DoctorOptions>(async (context, options) => (await import('../commands/doctor.ts')).doctor(context, options)));
}
