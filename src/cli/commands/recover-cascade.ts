import type { ServicesResult } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { surveyNote } from '../render/survey.ts';
import { type RecoverOptions, recover } from './recover.ts';

export interface CascadeOptions extends RecoverOptions {
  readonly oneByOne?: boolean;
}

/** `kintsugi recover cascade` */
export async function recoverCascade(context: CliContext, options: CascadeOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  await recover<ServicesResult>(
    context,
    {
      name: 'cascade',
      input: options.oneByOne === undefined ? {} : { oneByOne: options.oneByOne },
      intent: (planned, facts) =>
        surveyNote(`Will bring ${facts.colors.bold(plan.stack.project)} back.`, planned, facts, [
          ['survey', 'seen'],
          ['freeDisk', 'disk'],
          ['docker', 'Docker'],
          ['networks', 'networks'],
          ['database', 'database'],
          ['startServices', 'services'],
        ]),
      summary: () => `Bring ${plan.stack.project} back after a cascading failure`,
    },
    options,
  );
}
