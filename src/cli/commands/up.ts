import { setTimeout as sleep } from 'node:timers/promises';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { LoadedPlan } from '../../plan/load.ts';
import type { StandIn } from '../../plan/stand-in.ts';
import { milliseconds } from '../../plan/units.ts';
import { lastLines, startInBackground, stopInBackground } from '../../worker/background.ts';
import { type EmbeddedTemporal, startEmbeddedTemporal } from '../../worker/embedded-temporal.ts';
import { createNamespace, createSearchAttributes, namespaceRetention, setRetention } from '../../worker/namespace.ts';
import { buildId, workerEntry } from '../../worker/package-root.ts';
import { type ProcessFile, readRunning } from '../../worker/process-file.ts';
import { isRunning, type ProcessRecord } from '../../worker/process-identity.ts';
import { stateFiles } from '../../worker/state-files.ts';
import { withUpLock } from '../../worker/up-lock.ts';
import type { CliContext } from '../context.ts';
import { keepExamples } from '../examples.ts';
import { renderUp, type UpFacts } from '../render/up.ts';
import { applyWithoutAsking } from '../schedules/apply.ts';
import { answers, findWorkers, type Temporal, withTemporal } from '../temporal.ts';
import { examplesLink } from '../ui.ts';

export interface UpOptions {
  readonly embedded?: boolean;
  /** false for `--no-schedules`. */
  readonly schedules?: boolean;
}

/**
 * `kintsugi up`: sees to it that Temporal answers and that a worker of this build listens. What runs already stays. With
 * `--embedded` a Temporal of this machine stands in for the plan's, which is gone.
 */
export async function up(context: CliContext, options: UpOptions = {}): Promise<void> {
  if (options.embedded === true) await (await import('../stand-in.ts')).standInForTemporal(context);
  const loaded = await context.loadPlan();
  if (loaded.standIn !== null) context.note(standInNote(loaded.standIn));
  const facts = await withUpLock(loaded.stateFolder, async () => {
    const temporal = await startEmbeddedTemporal(loaded, () => answers(loaded.plan));
    return withTemporal(loaded.plan, async (connected) => {
      await prepareNamespace(connected, loaded, temporal);
      const worker = await ensureWorker(context, loaded, connected);
      // One that stands in is there for a recovery: with schedules of its own, all would run twice when the plan's is back.
      const isLeft = options.schedules === false || loaded.standIn !== null;
      const schedules = isLeft ? null : await applyWithoutAsking(connected, loaded.plan);
      await keepExamples(connected, loaded.plan).catch((error: unknown) => context.note(noExamples(error)));
      return { temporal, ...worker, schedules, examples: examplesLink({ ui: loaded.plan.temporal.ui, ...connected }) };
    });
  });
  const { plan, stateFolder } = loaded;
  const told: UpFacts = {
    ...facts,
    project: plan.stack.project,
    ui: plan.temporal.ui,
    address: plan.temporal.address,
    stateFolder,
  };
  context.answer({ type: 'up', ...told });
  for (const line of renderUp(told, context.screen.colors)) context.say(line);
}

/** @returns what a person must know while another Temporal than the plan's is at work. */
function standInNote({ address, insteadOf, since }: StandIn): string {
  return `Temporal at ${address} stands in for the plan’s at ${insteadOf} since ${since}. To go back when that is there again: kintsugi down, then kintsugi up`;
}

/** They are a convenience: without them everything works, and the form is filled in by hand. */
function noExamples(error: unknown): string {
  const why = error instanceof Error ? error.message : String(error);
  return `The Temporal UI’s form could not be given its examples (${why}); all else works.`;
}

/** A server that is not ours gets what it lacks; how long it keeps closed workflows is its owner's choice. */
async function prepareNamespace(
  { connection, namespace }: Temporal,
  { plan }: LoadedPlan,
  server: EmbeddedTemporal,
): Promise<void> {
  if (server.whose === 'ours') {
    const retention = milliseconds(plan.temporal.retention);
    const isNew = await createNamespace(connection, namespace, retention);
    if (!isNew && (await namespaceRetention(connection, namespace)) !== retention)
      await setRetention(connection, namespace, retention);
  }
  await createSearchAttributes(connection, namespace);
}

async function ensureWorker(
  context: CliContext,
  loaded: LoadedPlan,
  temporal: Temporal,
): Promise<{ worker: ProcessFile; workerStartedNow: boolean }> {
  const files = stateFiles(loaded.stateFolder);
  const old = readRunning(files.worker);
  if (old !== null && old.build === buildId()) {
    await untilListening(old, temporal, files.workerLog);
    return { worker: old, workerStartedNow: false };
  }
  if (old !== null) {
    context.note(
      `The worker that runs (process ${old.pid}) is of another build; it is replaced. A running step gets 30 seconds.`,
    );
    await stopInBackground(old, 45_000);
  }
  const started = await startInBackground({
    command: process.execPath,
    arguments: ['--enable-source-maps', workerEntry, '--plan', loaded.path],
    log: files.workerLog,
    folder: loaded.folder,
  });
  await untilListening(started, temporal, files.workerLog);
  const record = readRunning(files.worker);
  if (record === null) throw await didNotStart(files.workerLog, 'ended');
  return { worker: record, workerStartedNow: true };
}

/** @throws KintsugiError WORKER_MISSING with the end of its log. */
async function untilListening(worker: ProcessRecord, temporal: Temporal, log: string): Promise<void> {
  for (const until = Date.now() + 60_000; Date.now() < until; await sleep(100)) {
    if ((await findWorkers(temporal)).some(({ pid }) => pid === worker.pid)) return;
    if (!isRunning(worker)) throw await didNotStart(log, 'ended');
  }
  throw await didNotStart(log, 'does not listen after a minute');
}

async function didNotStart(log: string, how: string): Promise<KintsugiError> {
  return new KintsugiError('WORKER_MISSING', `The worker ${how}. Its log ends:\n${await lastLines(log)}`, {
    state: 'Temporal runs; nothing else was changed.',
    hints: [`less ${log}`, 'kintsugi plan check', 'kintsugi up'],
  });
}
