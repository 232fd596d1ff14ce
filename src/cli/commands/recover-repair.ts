import type { RepairResult } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { renderRepairIntent } from '../render/repair.ts';
import { type RecoverOptions, recover } from './recover.ts';

export interface RepairOptions extends RecoverOptions {
  readonly only?: string[];
}

/** `kintsugi recover repair` */
export async function recoverRepair(context: CliContext, options: RepairOptions): Promise<void> {
  await recover<RepairResult>(
    context,
    {
      name: 'repair',
      input: { only: options.only ?? [] },
      intent: (planned, { loaded, colors }) => renderRepairIntent(planned, loaded.plan.repairs.keep, colors),
      summary: ({ database }) => `Repair inconsistent data of ${database}`,
    },
    options,
  );
}
