import { action, examples } from '../action.ts';
import type { KintsugiCommand } from '../usage.ts';

/** Adds `plan check` and `plan schema`. */
export function definePlan(program: KintsugiCommand): void {
  const plan = program.command('plan').description('The plan: check it, show its schema');

  plan
    .command('check')
    .description('Check the plan against its schema and the Compose files')
    .addHelpText('after', examples(['kintsugi plan check', 'every fault with its line and how to mend it']))
    .action(action(async (context) => (await import('../commands/plan.ts')).planCheck(context)));

  plan
    .command('schema')
    .description('Print the JSON Schema of the plan, for editors')
    .addHelpText('after', examples(['kintsugi plan schema > plan.schema.json', 'keep it beside the plan']))
    .action(action(async (context) => (await import('../commands/plan.ts')).planSchemaCommand(context)));
}
