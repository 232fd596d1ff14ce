import { action, examples } from '../action.ts';
import type { PlanCheckOptions } from '../commands/plan.ts';
import type { PlanDocumentOptions } from '../commands/plan-document.ts';
import type { PlanInitOptions } from '../commands/plan-init.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `plan init`, `plan check`, `plan document` and `plan schema`. */
export function definePlan(program: KintsugiCommand): void {
  const plan = program.command('plan').description('The plan: write one from what runs, check it, show its schema');

  plan
    .command('check')
    .description('Check the plan: the file, then everything that runs: containers, credentials, tools, disk, versions')
    .option('--offline', 'Only the file')
    .addHelpText('after', examples(['kintsugi plan check', 'every fault with its line and how to mend it']))
    .action(
      action<PlanCheckOptions>(async (context, options) => (await import('../commands/plan.ts')).planCheck(context, options)),
    );

  plan
    .command('init')
    .description('Write a plan from a Compose project that runs on this machine; --plan says where')
    .option('--project <name>', 'The Compose project; default: the one of this folder, else the one with a PostgreSQL server')
    .option('--service <name>', 'The service of the PostgreSQL server')
    .option('--database <name>', 'The database to protect; default: what the server’s container was made with')
    .option('--user <name>', 'A superuser of the server')
    .option('--force', 'Replace a plan that is there already')
    .addHelpText('after', examples(['kintsugi plan init', 'writes kintsugi.yaml here; passwords stay where they are']))
    .action(
      action<PlanInitOptions>(async (context, options) => (await import('../commands/plan-init.ts')).planInit(context, options)),
    );

  plan
    .command('document')
    .description('Write the plan as a document for people, to print and to keep elsewhere: commands, team, escalation, backups')
    .option('--output <file>', 'Write it there instead of showing it; .html: a page that needs no network')
    .addHelpText(
      'after',
      examples(['kintsugi plan document --output plan.html', 'print it: it is read when the machine is gone']),
    )
    .action(
      action<PlanDocumentOptions>(async (context, options) =>
        (await import('../commands/plan-document.ts')).planDocumentCommand(context, options),
      ),
    );

  plan
    .command('schema')
    .description('Print the JSON Schema of the plan, for editors')
    .addHelpText('after', examples(['kintsugi plan schema > plan.schema.json', 'keep it beside the plan']))
    .action(action(async (context) => (await import('../commands/plan.ts')).planSchemaCommand(context)));
}
