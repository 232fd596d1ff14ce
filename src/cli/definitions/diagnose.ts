import { action, examples } from '../action.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `diagnose`. */
export function defineDiagnose(program: KintsugiCommand): void {
  program
    .command('diagnose')
    .description(
      'Say what is wrong, what is most likely behind it, and what to start; only looks, and needs neither Temporal nor Docker',
    )
    .addHelpText(
      'after',
      examples(
        ['kintsugi diagnose', 'exit status 0 when all is well, 4 when only backups are wanting, else 5 or 6'],
        ['kintsugi diagnose --json', 'for a monitor'],
      ),
    )
    .action(action(async (context) => (await import('../commands/diagnose.ts')).diagnoseCommand(context)));
}
