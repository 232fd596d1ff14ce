import type { WorkflowHandle } from '@temporalio/client';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { exitStatus } from '../../errors/table.ts';
import { span } from '../../text/time.ts';
import type { CliContext } from '../context.ts';
import { explainFailure } from '../failures.ts';
import { renderCompleted, renderEnd } from '../render/outcome.ts';
import type { Temporal } from '../temporal.ts';
import { isProcedureResult, isProgress, type Observation } from './observation.ts';
import { watch } from './watch.ts';

/**
 * Watches a run to its end and says how it ended.
 *
 * @throws KintsugiError the failure of the run, so that the exit status tells it too.
 */
export async function followToEnd(context: CliContext, temporal: Temporal, handle: WorkflowHandle, zone: string): Promise<void> {
  const watched = await watch(context, temporal, handle, zone);
  if (watched.end === 'left') {
    sayLeft(context, handle.workflowId);
    return;
  }
  if (watched.end === 'failed') {
    const { seen } = watched;
    const error = withState(explainFailure(watched.error), seen);
    context.say(`${context.screen.colors.red('✖')} ${seen.workflowId} ${failedHow(error)} after ${span(tookOf(seen))}`);
    throw error;
  }
  sayCompleted(context, watched.result, watched.seen, zone);
}

/** Says how a completed run ended. @throws KintsugiError if its result says that it failed. */
function sayCompleted(context: CliContext, result: unknown, seen: Observation, zone: string): void {
  context.answer({ type: 'outcome', status: seen.status, result });
  const look = { now: Date.now(), zone, colors: context.screen.colors };
  if (isProgress(result) && (result.phase === 'failed' || result.phase === 'cancelled')) {
    throw new KintsugiError(
      result.phase === 'failed' ? 'INTERNAL' : 'CANCELLED',
      result.message ?? `${result.workflowId} ${result.phase}.`,
      {
        hints: ['kintsugi status'],
      },
    );
  }
  if (isProcedureResult(result)) {
    for (const line of renderEnd(result, look)) context.say(line);
    // It did what it could, and not all is well: a script must hear of it.
    if (result.message !== undefined) context.exit(exitStatus.target);
  } else if (isProgress(result)) for (const line of renderCompleted(result, tookOf(seen), look)) context.say(line);
  else context.say(`${context.screen.colors.green('✔')} ${seen.workflowId} is done in ${span(tookOf(seen))}`);
}

/** A cancellation carries no text of its own: what it left behind stands in the progress. */
function withState(error: KintsugiError, { progress }: Observation): KintsugiError {
  const { message } = progress ?? {};
  if (error.code !== 'CANCELLED' || message === undefined) return error;
  return new KintsugiError('CANCELLED', error.message, { state: message, hints: error.hints });
}

function sayLeft(context: CliContext, workflowId: string): void {
  context.answer({ type: 'left', workflowId });
  context.say(`${workflowId} goes on without this terminal.`);
  context.say(`  kintsugi watch ${workflowId}     follow it again`);
  context.say(`  kintsugi cancel ${workflowId}    stop it; it takes back what it did`);
}

function failedHow(error: KintsugiError): string {
  if (error.code === 'CANCELLED') return 'was cancelled';
  return error.code === 'REFUSED' ? 'was refused' : 'failed';
}

function tookOf(seen: Observation): number {
  return (seen.closedAt ?? Date.now()) - seen.startedAt;
}
