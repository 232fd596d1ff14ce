import type { RecoverFromCorruptionResult, RestoreResult } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { isRestoreResult } from '../follow/observation.ts';
import { renderIntent } from '../render/intent.ts';
import { type Recovery, recover } from './recover.ts';
import { type RestoreOptions, restoreInputOf } from './recover-restore.ts';

export interface CorruptionOptions extends RestoreOptions {
  readonly restore?: boolean;
}

/** `kintsugi recover corruption` */
export async function recoverCorruption(context: CliContext, options: CorruptionOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  const dropFirst = options.dropFirst ?? plan.restore.dropFirst;
  const recovery: Recovery<RecoverFromCorruptionResult> = {
    name: 'corruption',
    input: { ...restoreInputOf(options), ...(options.restore === true ? { remedy: 'restore' } : {}) },
    intent: (planned, { lastMs, now, colors }) => {
      if (planned.remedy === 'none') return [`Nothing of ${colors.bold(planned.database)} is to be repaired.`];
      if (planned.remedy === 'repair' || !isRestoreResult(planned))
        return [`Will repair ${colors.bold(planned.database)} in place; the application works meanwhile.`];
      const look = { keepReplaced: plan.backups.keepReplaced, dropFirst, lastMs, now, zone: plan.zone, colors };
      return [
        ...renderIntent({ plan: planned as RestoreResult, ...look }),
        '  What is readable is salvaged first, and merged: less is lost than a restore alone loses.',
      ];
    },
    // What was shown is what was confirmed: if it is worse meanwhile, it is asked about anew.
    pin: (planned) => ({
      shown: planned.remedy,
      ...(planned.backup === undefined || options.backup !== undefined ? {} : { backup: planned.backup.id }),
    }),
    summary: ({ database, remedy }) => `Recover ${database} from corruption: ${remedy}`,
    isIdle: ({ remedy }) => remedy === 'none',
    alwaysAsks: true,
  };
  await recover(context, recovery, options);
}
