import type { CliContext } from '../context.ts';

/** `kintsugi plan check`. */
export async function planCheck(context: CliContext): Promise<void> {
  const { path, plan, sha256 } = await context.loadPlan();
  context.answer({ type: 'plan', path, sha256, ok: true });
  context.say(`${context.screen.colors.green('✔')} ${path} is a plan for ${plan.stack.project} (${sha256.slice(0, 12)})`);
}

/** `kintsugi plan schema`: for editors. */
export async function planSchemaCommand(_context: CliContext): Promise<void> {
  const [{ z }, { planSchema }] = await Promise.all([import('zod'), import('../../plan/schema.ts')]);
  process.stdout.write(`${JSON.stringify(z.toJSONSchema(planSchema, { io: 'input' }), null, 2)}\n`);
}
