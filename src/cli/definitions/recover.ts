import { Option } from 'commander';
import { severities } from '../../plan/severities.ts';
import type { RecoveryName } from '../../workflows/contract.ts';
import { recoverySeverities } from '../../workflows/severities.ts';
import { action, examples } from '../action.ts';
import type { CorruptionOptions } from '../commands/recover-corruption.ts';
import type { DeletionOptions } from '../commands/recover-deletion.ts';
import type { CodeOptions, MigrationOptions } from '../commands/recover-deployment.ts';
import type { RepairOptions } from '../commands/recover-repair.ts';
import type { RestoreOptions } from '../commands/recover-restore.ts';
import type { UndoOptions } from '../commands/undo.ts';
import type { KintsugiCommand } from '../usage.ts';
import { defineStackRecoveries } from './recover-stack.ts';

/** Adds the recovery procedures and `undo`. */
export function defineRecover(program: KintsugiCommand): void {
  const recover = program.command('recover').description('Recovery procedures');

  restoring(
    recover,
    'restore',
    'Bring the database back from a backup: restored beside the old one, verified, then swapped; the old one is kept',
  )
    .addHelpText(
      'after',
      examples(
        ['kintsugi recover restore', 'shows what will happen, asks, restores the newest good backup'],
        ['kintsugi recover restore --dry-run', 'only shows it'],
        ['kintsugi recover restore --backup 20261123T160003Z-9b02', 'a certain backup'],
        ['kintsugi recover restore --backup ./old.dump --yes --detach', 'a file of pg_dump, from a script'],
      ),
    )
    .action(
      action<RestoreOptions>(async (context, options) =>
        (await import('../commands/recover-restore.ts')).recoverRestore(context, options),
      ),
    );

  restoring(
    recover,
    'corruption',
    'Examine everything, then repair in place what can be; else salvage what is readable, restore, and merge the salvage',
  )
    .option('--restore', 'Restore from a backup also where it could be repaired in place')
    .addHelpText(
      'after',
      examples(
        ['kintsugi recover corruption --dry-run', 'only examines, and shows what it would do'],
        ['kintsugi recover corruption', 'examines, shows, asks, repairs or restores'],
      ),
    )
    .action(
      action<CorruptionOptions>(async (context, options) =>
        (await import('../commands/recover-corruption.ts')).recoverCorruption(context, options),
      ),
    );

  restoring(
    recover,
    'deletion',
    'Bring back deleted data by a full restore: stops all writes at once, finds the backup that has the data, shows what would be lost, asks',
  )
    .option(
      '--before <instant>',
      'When the data was still there, with offset (2026-11-24T14:30:00+09:00): takes the newest backup of then',
    )
    .addHelpText(
      'after',
      examples(
        ['kintsugi recover deletion', 'stops writes, finds the backup, shows what would be lost, asks'],
        ['kintsugi recover deletion --dry-run', 'only shows it, while writes go on'],
        ['kintsugi recover deletion --before 2026-11-24T14:30:00+09:00', 'the newest backup of that time or earlier'],
      ),
    )
    .action(
      action<DeletionOptions>(async (context, options) =>
        (await import('../commands/recover-deletion.ts')).recoverDeletion(context, options),
      ),
    );

  recovery(
    recover,
    'migration',
    'Recover from a migration that failed: a backup first, down to the last good revision, then you choose how to go on',
  )
    .option(
      '--to <revision...>',
      'Revisions to go down to; default: those of the last healthy deployment, else of the newest backup',
    )
    .addHelpText(
      'after',
      examples(
        ['kintsugi recover migration --dry-run', 'which migration failed and why, and what would be done'],
        ['kintsugi recover migration', 'does it, and waits for: kintsugi proceed retry|rollBackCode|restore|stay'],
      ),
    )
    .action(
      action<MigrationOptions>(async (context, options) =>
        (await import('../commands/recover-deployment.ts')).recoverMigration(context, options),
      ),
    );

  recovery(
    recover,
    'code',
    'Roll the code back to the last commit that was deployed and healthy; built before anything is stopped',
  )
    .option('--to <commit>', 'A commit, tag or branch; default: the last one recorded as healthy')
    .option('--keep-schema', 'Leave the schema as it is, also where that code knows an older one')
    .addHelpText(
      'after',
      examples(
        ['kintsugi recover code', 'shows what will happen, asks, builds, switches'],
        ['kintsugi recover code --to 1a2b3c4', 'a certain commit'],
      ),
    )
    .action(
      action<CodeOptions>(async (context, options) =>
        (await import('../commands/recover-deployment.ts')).recoverCode(context, options),
      ),
    );

  recovery(
    recover,
    'repair',
    'Repair inconsistent data by the rules of the plan, while the application runs; each row is kept as it was',
  )
    .option('--only <rule...>', 'Only these rules and those that must come before them; default: all of the plan’s')
    .addHelpText(
      'after',
      examples(
        ['kintsugi recover repair --dry-run', 'shows what each rule finds, with samples; touches nothing'],
        ['kintsugi recover repair', 'shows it, asks, repairs, checks again'],
        ['kintsugi recover repair --only "missing hours"', 'one rule, after those that it needs'],
        ['kintsugi undo repair-uns-claudejp', 'puts every row back as it was'],
      ),
    )
    .action(
      action<RepairOptions>(async (context, options) =>
        (await import('../commands/recover-repair.ts')).recoverRepair(context, options),
      ),
    );
  defineStackRecoveries((name, description) => recovery(recover, name, description));

  program
    .command('undo')
    .description('Undo a recovery: swap back the database or the images that it replaced, or put back the rows that it repaired')
    .argument('<id>', 'Id of the recovery, as `kintsugi status` shows it')
    .option('--by <name>', 'Who starts it; default: $USER')
    .option('--reason <text>', 'Why')
    .option('--yes', 'Do not ask; counts as the confirmation')
    .option('--detach', 'Return at once')
    .addOption(
      new Option(
        '--changed <what>',
        'Of a repair: what to do with rows that were written since; default: list them and stop',
      ).choices(['leave', 'overwrite']),
    )
    .addHelpText(
      'after',
      examples(
        ['kintsugi undo restore-uns-claudejp', 'back to the database of before the recovery'],
        ['kintsugi undo repair-uns-claudejp', 'the rows as they were before the repair'],
      ),
    )
    .action(
      action<UndoOptions>(async (context, options, id) => (await import('../commands/undo.ts')).undo(context, options, id ?? '')),
    );
}

/** Adds a procedure that restores a backup, or may have to. */
function restoring(parent: KintsugiCommand, name: RecoveryName, description: string): KintsugiCommand {
  return recovery(parent, name, description)
    .option('--backup <id|path>', 'A backup by its id, or a file or folder that pg_dump wrote; default: the newest good one')
    .addOption(
      new Option('--skip <step...>', 'Leave steps out; the result says so').choices([
        'checks',
        'analyze',
        'health',
        'freshBackup',
      ]),
    )
    .option('--drop-first', 'Drop the old database first, when the disk has no room for two. Dangerous: nothing to go back to')
    .option('--allow-other-database', 'Accept a backup of a database with another name');
}

/** Adds a recovery procedure with the options that all of them have. */
function recovery(parent: KintsugiCommand, name: RecoveryName, description: string): KintsugiCommand {
  return parent
    .command(name)
    .description(description)
    .option('--database <name>', 'Another database than the plan’s')
    .addOption(new Option('--severity <level>', 'How bad it is').choices(severities).default(recoverySeverities[name]))
    .option('--reason <text>', 'Why; stands in the report')
    .option('--by <name>', 'Who starts it; default: $USER')
    .option(
      '--incident <id>',
      'The incident that it is for; default: the only open one that is about the application, else one of its own',
    )
    .option('--yes', 'Do not ask; counts as the confirmation')
    .option('--dry-run', 'Show every step and what it would do; touches nothing')
    .addOption(new Option('--show', 'The same as --dry-run').hideHelp())
    .option('--embedded', 'The plan’s Temporal is gone: let one on this machine stand in for it')
    .option('--detach', 'Return at once; the recovery goes on');
}
