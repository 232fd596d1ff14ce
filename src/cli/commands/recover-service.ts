import type { ServicesResult } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { surveyNote } from '../render/survey.ts';
import { type RecoverOptions, recover } from './recover.ts';

export interface ServiceOptions extends RecoverOptions {
  readonly service?: string;
  readonly anyway?: boolean;
}

/** `kintsugi recover service` */
export async function recoverService(context: CliContext, options: ServiceOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  await recover<ServicesResult>(
    context,
    {
      name: 'service',
      input: {
        ...(options.service === undefined ? {} : { service: options.service }),
        ...(options.anyway === undefined ? {} : { anyway: options.anyway }),
      },
      intent: (planned, facts) =>
        surveyNote(
          `Will restart ${facts.colors.bold(options.service ?? 'what is not well')} of ${plan.stack.project}.`,
          planned,
          facts,
          [
            ['survey', 'seen'],
            ['stop', 'stops'],
            ['start', 'starts'],
            ['dependents', 'then'],
          ],
        ),
      summary: () => `Restart ${options.service ?? 'what is not well'} of ${plan.stack.project}`,
    },
    options,
  );
}
