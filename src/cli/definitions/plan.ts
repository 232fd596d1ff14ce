import { action, examples } from '../action.ts';
import type { PlanInitOptions } from '../commands/plan.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `plan check`, `plan init` and `plan schema`. */
export function definePlan(program: KintsugiCommand): void {
  const plan = program.command('plan').description('The plan: check it, write a first one, show its schema');

  plan
    .command('check')
    .description('Check the plan against its schema, the Compose files and the running stack')
    .addHelpText('after', examples(['kintsugi plan check', 'every fault with its line and how to mend it']))
    .action(action(async (context) => (await import('../commands/plan.ts')).planCheck(context)));

  plan
    .command('init')
    .description('Write a first plan from the running stack, with the reasons as comments')
    .option('--force', 'Replace a plan that is there')
    .addHelpText('after', examples(['kintsugi plan init', 'writes kintsugi.yaml beside the Compose files']))
    .action(action<PlanInitOptions>(async (context, options) => (await import('../commands/plan.ts')).planInit(context, options)));

  plan
    .command('schema')
    .description('Print the JSON Schema of the plan, for editors')
    .addHelpText('after', examples(['kintsugi plan schema > plan.schema.json', 'keep it beside the plan']))
    .action(action(async (context) => (await import('../commands/plan.ts')).planSchemaCommand(context)));
}
