import { action, examples } from '../action.ts';
import type { BackupTakeOptions } from '../commands/backup-take.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `backup take` and `backup list`. */
export function defineBackup(program: KintsugiCommand): void {
  const backup = program.command('backup').description('Backups: take one, list them');

  backup
    .command('take')
    .description('Take a backup now; one that runs already is joined')
    .option('--database <name>', 'Another database than the plan’s')
    .option('--reason <text>', 'Why; stands in the manifest')
    .option('--fingerprints', 'Also hash the content of every table (reads everything once more)')
    .option('--detach', 'Return at once; the backup goes on')
    .addHelpText('after', examples(['kintsugi backup take --reason "before the migration"', 'take one and wait for it']))
    .action(
      action<BackupTakeOptions>(async (context, options) =>
        (await import('../commands/backup-take.ts')).backupTake(context, options),
      ),
    );

  backup
    .command('list')
    .description('List the backups, newest first; needs neither Temporal nor the database')
    .addHelpText('after', examples(['kintsugi backup list', 'the id, the age, the size, and what is wrong with one']))
    .action(action(async (context) => (await import('../commands/backup-list.ts')).backupList(context)));
}
