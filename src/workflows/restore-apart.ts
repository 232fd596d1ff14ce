import { CancellationScope, log } from '@temporalio/workflow';
import { fromFailure } from '../errors/failure.ts';
import { act, check, look } from './proxies.ts';
import { restoreCopy } from './restore-copy.ts';
import type { Procedure } from './steps.ts';

/** The steps of a restore apart from production; with several copies each has its mark at the end of the names. */
export const apartSteps = [
  ['server', 'start a scratch server'],
  ['preflight', 'preflight'],
  ['restoreBeside', 'restore'],
  ['verify', 'compare with the backup'],
  ['analyze', 'analyze'],
] as const;

type Step = Parameters<typeof act.removeJobs>[0];
/** What its steps get: their target is the scratch server. */
export type ThereStep = Step & { readonly target: Awaited<ReturnType<typeof act.startScratchServer>> };

export interface Apart {
  readonly step: Step;
  readonly facts: Parameters<typeof check.openBackup>[0]['facts'];
  /** Counts the scratch servers of this run: each has its own name. */
  readonly round: number;
  readonly limits: Parameters<typeof act.startScratchServer>[0]['limits'];
  /** PostgreSQL settings of the server. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly withoutAnalyze: string | null;
  readonly mark?: string;
  /** Is told what could not be removed at the end. */
  readonly onTidied?: (left: readonly string[]) => void;
}

/**
 * Restores a backup on a scratch server, by the steps of a recovery with another target, and removes all of it again, whatever
 * happens.
 *
 * @param then works with the copy while it is there.
 */
export async function restoreApart<T>(
  procedure: Procedure,
  { step, facts, round, limits, settings, withoutAnalyze, mark = '', onTidied }: Apart,
  then: (there: ThereStep, verified: Awaited<ReturnType<typeof restoreCopy>>) => Promise<T>,
): Promise<T> {
  try {
    const server = { ...step, round, limits, ...(settings === undefined ? {} : { settings }) };
    const target = await procedure.step(`server${mark}`, () => act.startScratchServer(server), {
      note: (found) => found.container,
    });
    const there = { ...step, target };
    await procedure.step(`preflight${mark}`, () => look.preflight({ ...there, facts, dropFirst: false }), {
      note: (found) => found.summary,
    });
    const copy = { step: there, facts, tools: check, skipChecks: false, withoutAnalyze, mark };
    return await then(there, await restoreCopy(procedure, copy));
  } finally {
    await CancellationScope.nonCancellable(async () => {
      const left = await tidy(step);
      onTidied?.(left);
    });
  }
}

/**
 * Nothing is left on any way out; what cannot be removed now, `doctor` and the next run find by its labels.
 *
 * @returns what could not be removed.
 */
async function tidy(step: Step): Promise<string[]> {
  // In this order: what uses the server first. A target only tells where the decrypted copy is.
  const done = await Promise.allSettled([
    act.removeJobs(step).then(() => act.removeScratchServers(step)),
    act.closeBackup({ ...step, target: { container: '' } }),
  ]);
  const left = done.flatMap((each) => (each.status === 'rejected' ? [fromFailure(each.reason).message] : []));
  for (const message of left) log.warn(`clean-up is not complete: ${message}`);
  return left;
}
