import { action, examples } from '../action.ts';
import type { BackupExportOptions } from '../commands/backup-export.ts';
import type { BackupHoldOptions, BackupPruneOptions } from '../commands/backup-keep.ts';
import type { BackupTakeOptions } from '../commands/backup-take.ts';
import type { BackupVerifyOptions } from '../commands/backup-verify.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `backup take`, `list`, `show`, `verify`, `export`, `hold`, `release`, `prune` and `undelete`. */
export function defineBackup(program: KintsugiCommand): void {
  const backup = program.command('backup').description('Backups: take one, list and verify them, say which stay');

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

  backup
    .command('show')
    .description('What a backup holds, how it was verified, and the commands that restore it by hand')
    .argument('<id>', 'Id of the backup, or its beginning')
    .addHelpText('after', examples(['kintsugi backup show 20261123T17', 'needs neither Temporal nor the database']))
    .action(
      action<object>(async (context, _options, id = '') => (await import('../commands/backup-show.ts')).backupShow(context, id)),
    );

  backup
    .command('verify')
    .description('Prove backups: checksums, listing, and a real restore on a scratch server')
    .argument('[id]', 'Id of the backup to restore, or its beginning; all by rotation if missing')
    .option('--files-only', 'Only checksums and listings, no restore')
    .option('--detach', 'Return at once; it goes on')
    .addHelpText(
      'after',
      examples(
        ['kintsugi backup verify', 'what the schedule does every day'],
        ['kintsugi backup verify 20261123T17', 'restore this one now, apart from production'],
      ),
    )
    .action(
      action<BackupVerifyOptions>(async (context, options, id = '') =>
        (await import('../commands/backup-verify.ts')).backupVerify(context, id, options),
      ),
    );

  backup
    .command('export')
    .description('Copy a backup whole into another folder, and check the copy')
    .argument('<id>', 'Id of the backup, or its beginning')
    .requiredOption('--to <folder>', 'The folder that gets it')
    .option('--decrypt', 'Decrypt the copy')
    .addHelpText(
      'after',
      examples(['kintsugi backup export 20261123T17 --to /mnt/usb', 'needs neither Temporal nor the database']),
    )
    .action(
      action<BackupExportOptions>(async (context, options, id = '') =>
        (await import('../commands/backup-export.ts')).backupExport(context, id, options),
      ),
    );

  backup
    .command('hold')
    .description('Keep a backup until a day, whatever its tiers say')
    .argument('<id>', 'Id of the backup, or its beginning')
    .requiredOption('--until <day>', 'Last day, in the plan’s zone: 2027-03-31; or 2027-03-31T18:00')
    .requiredOption('--reason <text>', 'Why')
    .addHelpText(
      'after',
      examples(['kintsugi backup hold 20261123T17 --until 2027-03-31 --reason "audit"', 'nothing deletes it before']),
    )
    .action(
      action<BackupHoldOptions>(async (context, options, id = '') =>
        (await import('../commands/backup-keep.ts')).backupHold(context, id, options),
      ),
    );

  backup
    .command('release')
    .description('Take a hold off')
    .argument('<id>', 'Id of the backup, or its beginning')
    .addHelpText('after', examples(['kintsugi backup release 20261123T17', 'its tiers decide again']))
    .action(
      action<object>(async (context, _options, id = '') =>
        (await import('../commands/backup-keep.ts')).backupRelease(context, id),
      ),
    );

  backup
    .command('prune')
    .description('Delete the backups whose time is over; each can be had back for a while')
    .option('--dry-run', 'Only show what would go, and why each other stays')
    .option('--clock-is-right', 'You have looked at the clock: doubts about it alone keep nothing')
    .option('--yes', 'Do not ask first')
    .addHelpText('after', examples(['kintsugi backup prune --dry-run', 'what would go; needs neither Temporal nor the database']))
    .action(
      action<BackupPruneOptions>(async (context, options) =>
        (await import('../commands/backup-keep.ts')).backupPrune(context, options),
      ),
    );

  backup
    .command('undelete')
    .description('Have a deleted backup back')
    .argument('<id>', 'Id of the backup, or its beginning')
    .addHelpText('after', examples(['kintsugi backup undelete 20261123T17', 'as it was']))
    .action(
      action<object>(async (context, _options, id = '') =>
        (await import('../commands/backup-keep.ts')).backupUndelete(context, id),
      ),
    );
}
