import { action, examples } from '../action.ts';
import type { RecordOptions } from '../commands/deploys.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `deploys`. */
export function defineDeploys(program: KintsugiCommand): void {
  const deploys = program.command('deploys').description('What was deployed and healthy: what a rollback goes back to');

  deploys
    .command('record')
    .description('Record what runs now as good, if the application is healthy: commit, images, revision of the schema')
    .option('--commit <commit>', 'What was deployed; default: the label of the images, else what is checked out')
    .option('--by <name>', 'Who records it; default: $USER')
    .addHelpText('after', examples(['kintsugi deploys record --commit "$GIT_SHA"', 'the last step of a deployment']))
    .action(action<RecordOptions>(async (context, options) => (await import('../commands/deploys.ts')).record(context, options)));

  deploys
    .command('list')
    .description('List them, newest first')
    .addHelpText('after', examples(['kintsugi deploys list', 'the last ten']))
    .action(action(async (context) => (await import('../commands/deploys.ts')).list(context)));
}
