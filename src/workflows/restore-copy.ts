import type { act, check, long } from './proxies.ts';
import type { Procedure } from './steps.ts';
import { together } from './together.ts';

/** What is restored, by which activities, and what is shown of it. */
export interface Copy {
  /** What each activity gets: a `target` in it means a scratch server, else it is production's own server. */
  readonly step: Parameters<typeof act.removeJobs>[0];
  readonly facts: Parameters<typeof long.openBackup>[0]['facts'];
  /** `long`: retried for long, when there is no way back; `check`: given up soon, when nothing was touched. */
  readonly tools: typeof long | typeof check;
  /** Works after the backup was opened, at the last moment before it is restored. */
  readonly beforeRestore?: () => Promise<void>;
  readonly skipChecks: boolean;
  /** Why the statistics are not gathered; null: they are. */
  readonly withoutAnalyze: string | null;
  readonly note?: (kind: string) => string;
  /** Added to the names of the steps, where there are several copies. */
  readonly mark?: string;
}

/**
 * The heart of every restore, a recovery's, a drill's and a verification's alike: the backup is opened, restored beside whatever is
 * there, and compared in full with what it promises. The steps `restoreBeside`, `verify` and `analyze` must be in the checklist.
 *
 * @returns what was compared.
 */
export async function restoreCopy(procedure: Procedure, copy: Copy): Promise<Awaited<ReturnType<typeof check.verifyRestored>>> {
  const { step, facts, tools, skipChecks, withoutAnalyze, mark = '' } = copy;
  const source = await procedure.step(
    `restoreBeside${mark}`,
    async () => {
      const opened = await tools.openBackup({ ...step, facts });
      await copy.beforeRestore?.();
      await tools.restoreBeside({ ...step, source: opened });
      return opened;
    },
    { note: (found) => copy.note?.(found.kind) ?? `${found.kind} archive restored` },
  );
  // Both only read the copy; what goes on with it waits for both.
  const [verified] = await together(
    () =>
      procedure.step(`verify${mark}`, () => tools.verifyRestored({ ...step, facts, source, skipChecks }), {
        note: (found) => found.summary,
      }),
    async () => {
      if (withoutAnalyze !== null) procedure.skip(`analyze${mark}`, withoutAnalyze);
      else
        await procedure.step(`analyze${mark}`, () => tools.analyze(step), {
          note: (found) => [`${found.tables} tables`, ...found.refused.map((why) => `not ${why}`)].join('; '),
        });
    },
  );
  return verified;
}
