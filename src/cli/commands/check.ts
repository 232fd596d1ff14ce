import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { readHistory } from '../../integrity/history.ts';
import { type CheckIntegrityInput, type CheckIntegrityResult, checkId } from '../../workflows/contract.ts';
import type { CliContext } from '../context.ts';
import { followToEnd } from '../follow/outcome.ts';
import { sayStarted } from '../follow/started.ts';
import { renderCheck, renderTrends } from '../render/check.ts';
import { refuseIfRunning, startProcedure } from '../start.ts';
import { requireWorker, withTemporal } from '../temporal.ts';

export interface CheckOptions {
  readonly only?: string[];
  readonly database?: string;
  readonly incident?: boolean;
  readonly trend?: boolean;
  readonly detach?: boolean;
}

/** `kintsugi check` @throws KintsugiError CHECK_FAILED when something was found, so that the exit status tells it. */
export async function check(context: CliContext, options: CheckOptions): Promise<void> {
  const loaded = await context.loadPlan();
  const { plan } = loaded;
  if (options.trend === true) {
    const runs = await readHistory(loaded.stateFolder, options.database ?? plan.database.name);
    context.answer({ type: 'trend', runs });
    for (const line of renderTrends(runs, plan.zone, Date.now())) context.say(line);
    return;
  }
  await withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const workflowId = checkId(plan.stack.project);
    await refuseIfRunning(temporal, plan, workflowId);
    const input: CheckIntegrityInput = {
      only: options.only ?? [],
      // A person who looks sees it; a schedule has nobody.
      incident: options.incident === true,
      ...(options.database === undefined ? {} : { database: options.database }),
    };
    const handle = await startProcedure(temporal, plan, {
      workflowType: 'checkIntegrity',
      workflowId,
      input,
      summary: 'Checks the live database, reading only',
    });
    if (options.detach === true) {
      sayStarted(context, temporal, plan.temporal.ui, handle);
      return;
    }
    await followToEnd(context, temporal, handle, plan.zone);
    const result = (await handle.result()) as CheckIntegrityResult;
    for (const line of renderCheck(result, context.screen.colors)) context.say(line);
    const wrong = result.checked.filter(({ found }) => found > 0);
    if (wrong.length === 0) return;
    throw new KintsugiError('CHECK_FAILED', `${wrong.length} of ${result.checked.length} checks found something.`, {
      state: 'A check only reads: nothing was changed.',
      hints: [...new Set(wrong.flatMap(({ command }) => command ?? []))],
    });
  });
}
