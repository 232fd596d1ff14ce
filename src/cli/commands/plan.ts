import { exitStatus } from '../../errors/table.ts';
import type { CliContext } from '../context.ts';
import { checkSystem } from '../plan-check/run.ts';
import { renderFindings } from '../render/findings.ts';

export interface PlanCheckOptions {
  /** Only the file. */
  readonly offline?: boolean;
}

/** `kintsugi plan check`: the file first, then what runs. Exit status 6 when the system does not fit the plan. */
export async function planCheck(context: CliContext, options: PlanCheckOptions): Promise<void> {
  const loaded = await context.loadPlan();
  const { path, plan, sha256 } = loaded;
  context.say(`${context.screen.colors.green('✔')} ${path} is a plan for ${plan.stack.project} (${sha256.slice(0, 12)})`);
  const findings = options.offline === true ? [] : await checkSystem(loaded);
  const ok = findings.every((finding) => finding.ok);
  context.answer({
    type: 'plan',
    path,
    sha256,
    ok,
    findings: findings.map(({ area, ok: fits, text, hint }) => ({ area, ok: fits, text, hint: fits ? null : (hint ?? null) })),
  });
  if (findings.length === 0) return;
  for (const line of renderFindings(findings, context.screen.colors, 'The system is as the plan says.')) context.say(line);
  if (!ok) context.exit(exitStatus.environment);
}

/** `kintsugi plan schema`: for editors. */
export async function planSchemaCommand(_context: CliContext): Promise<void> {
  const { planJsonSchema } = await import('../../plan/known-fields.ts');
  process.stdout.write(`${JSON.stringify(planJsonSchema(), null, 2)}\n`);
}
