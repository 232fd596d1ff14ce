import { resolve } from 'node:path';
import type { RestoreResult } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { renderIntent } from '../render/intent.ts';
import { type RecoverOptions, recover } from './recover.ts';

export interface RestoreOptions extends RecoverOptions {
  readonly backup?: string;
  readonly skip?: ('checks' | 'analyze' | 'health' | 'freshBackup')[];
  readonly dropFirst?: boolean;
  readonly allowOtherDatabase?: boolean;
}

/** `kintsugi recover restore` */
export async function recoverRestore(context: CliContext, options: RestoreOptions): Promise<void> {
  const { plan } = await context.loadPlan();
  const dropFirst = options.dropFirst ?? plan.restore.dropFirst;
  await recover<RestoreResult>(
    context,
    {
      name: 'restore',
      input: restoreInputOf(options),
      intent: (planned, { lastMs, now, colors }) =>
        renderIntent({ plan: planned, keepReplaced: plan.backups.keepReplaced, dropFirst, lastMs, now, zone: plan.zone, colors }),
      // The backup that was shown, not one that became the newest meanwhile.
      pin: ({ backup }) => ({ backup: options.backup === undefined ? backup.id : asGiven(options.backup) }),
      summary: ({ database, backup }) => `Restore ${database} from ${backup.id}`,
      alwaysAsks: dropFirst,
    },
    options,
  );
}

/** @returns the choices of a restore, as the workflows take them. */
export function restoreInputOf(options: RestoreOptions): object {
  return {
    skip: options.skip ?? [],
    allowOtherDatabase: options.allowOtherDatabase === true,
    ...(options.backup === undefined ? {} : { backup: asGiven(options.backup) }),
    ...(options.dropFirst === undefined ? {} : { dropFirst: options.dropFirst }),
  };
}

/** A path counts from where the person is; the worker is elsewhere. */
function asGiven(backup: string): string {
  return backup.includes('/') ? resolve(backup) : backup;
}
