import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { exitStatus } from '../../errors/table.ts';
import { confirmYes } from '../ask.ts';
import type { CliContext } from '../context.ts';
import type { Finding } from '../doctor/finding.ts';
import { withFindings } from '../doctor/run-checks.ts';
import { renderFindings } from '../render/findings.ts';

export interface DoctorOptions {
  readonly mend?: boolean;
  readonly yes?: boolean;
}

/** `kintsugi doctor`: looks, and with `--mend` mends what it can. Exit status 6 when something is left that is not well. */
export async function doctor(context: CliContext, options: DoctorOptions): Promise<void> {
  const loaded = await context.loadPlan();
  const left = await withFindings(loaded, async (findings) => {
    for (const line of renderFindings(findings, context.screen.colors, 'All is well: a recovery would work now.'))
      context.say(line);
    const mended = options.mend === true ? await mendAll(context, findings, options.yes === true) : [];
    context.answer({
      type: 'doctor',
      findings: findings.map(({ area, ok, text, hint, mend }) => ({
        area,
        ok,
        text,
        hint: hint ?? null,
        mend: mend?.text ?? null,
      })),
      mended,
    });
    return findings.filter(({ ok }) => !ok).length - mended.filter(({ ok }) => ok).length;
  });
  if (left > 0) context.exit(exitStatus.environment);
}

interface Mended {
  readonly text: string;
  readonly ok: boolean;
}

/** Mends one after the other; one that fails does not keep the others from being mended. */
async function mendAll(context: CliContext, findings: readonly Finding[], yes: boolean): Promise<Mended[]> {
  const mends = findings.flatMap(({ ok, mend }) => (ok || mend === undefined ? [] : [mend]));
  if (mends.length === 0) return [];
  if (!yes && !context.screen.canAsk) {
    throw new KintsugiError('NOT_CONFIRMED', 'There is no terminal to ask on, and --yes was not given.', {
      state: 'Nothing was mended.',
      hints: ['kintsugi doctor --mend --yes'],
    });
  }
  const mended: Mended[] = [];
  for (const mend of mends) {
    if (!yes && !(await confirmYes(context, `${mend.text}?`))) continue;
    try {
      mended.push({ text: await mend.run(), ok: true });
    } catch (error) {
      mended.push({ text: `${mend.text}: ${(error as Error).message}`, ok: false });
    }
    const last = mended.at(-1);
    if (last) context.say(`  ${last.ok ? context.screen.colors.green('✔') : context.screen.colors.red('✖')} ${last.text}`);
  }
  return mended;
}
