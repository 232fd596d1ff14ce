import type { Plan } from '../../plan/schema.ts';
import { type Stopped, stopInBackground } from '../../worker/background.ts';
import { findEmbeddedTemporal, stopEmbeddedTemporal } from '../../worker/embedded-temporal.ts';
import { readRunning, removeProcessFile } from '../../worker/process-file.ts';
import { stateFiles } from '../../worker/state-files.ts';
import { withUpLock } from '../../worker/up-lock.ts';
import { confirmYes } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { findRun } from '../follow/target.ts';
import { table } from '../render/text.ts';
import { endStandIn } from '../stand-in.ts';
import { withTemporal } from '../temporal.ts';

export interface DownOptions {
  readonly yes?: boolean;
}

/** `kintsugi down`: stops what `kintsugi up` started, the worker first so that its running steps can end. */
export async function down(context: CliContext, options: DownOptions): Promise<void> {
  const loaded = await context.loadPlan();
  const { stateFolder, backupsFolder, standIn } = loaded;
  const running = await runningProcedure(loaded.plan);
  if (running !== null) {
    context.note(
      `${running} is running. It stands still until the next kintsugi up, and the application stays as it is at that moment.`,
    );
    const isSure = options.yes === true || !context.screen.canAsk || (await confirmYes(context, 'Stop all the same?'));
    if (!isSure) {
      context.say('Nothing was stopped.');
      return;
    }
  }
  const stopped = await withUpLock(stateFolder, async () => {
    const worker = await stopWorker(context, stateFolder);
    const isOurs = findEmbeddedTemporal(stateFolder) !== null;
    if (standIn !== null) endStandIn(stateFolder);
    return { worker, temporal: isOurs ? await stopEmbeddedTemporal(stateFolder) : ('was not running' as const) };
  });
  context.answer({ type: 'down', ...stopped, running });
  const files = stateFiles(stateFolder);
  for (const line of [
    'Kintsugi is down. The application and its database were not touched.',
    ...table([
      ['worker', stopped.worker],
      ['Temporal', stopped.temporal === 'was not running' ? 'none that kintsugi up started' : stopped.temporal],
      [
        'stays',
        `${standIn === null ? files.temporalDatabase : files.standInDatabase} (histories)  ${backupsFolder} (backups)  ${stateFolder} (evidence, reports)`,
      ],
    ]),
    ...(standIn === null
      ? running === null
        ? []
        : [`${running} goes on after: kintsugi up`]
      : [
          `The plan’s Temporal at ${standIn.insteadOf} counts again. A recovery that it had begun goes on after kintsugi up: look first, with`,
          `  kintsugi status    kintsugi cancel    (one that would replace a database that was brought back meanwhile stops by itself)`,
        ]),
  ]) {
    context.say(line);
  }
}

async function stopWorker(context: CliContext, stateFolder: string): Promise<Stopped> {
  const file = stateFiles(stateFolder).worker;
  const record = readRunning(file);
  if (record === null) return 'was not running';
  const slow = setTimeout(() => context.note('A step is running; it gets up to 30 seconds …'), 2_000);
  try {
    return await stopInBackground(record, 45_000);
  } finally {
    clearTimeout(slow);
    removeProcessFile(file, record.pid);
  }
}

/** @returns the id of the procedure that runs; null if none does, or if Temporal can't be asked. */
async function runningProcedure(plan: Plan): Promise<string | null> {
  try {
    return await withTemporal(plan, async (temporal) => {
      const run = await findRun(temporal, plan);
      const isRunning = run !== null && (await run.describe()).status.name === 'RUNNING';
      return isRunning ? run.workflowId : null;
    });
  } catch {
    return null;
  }
}
