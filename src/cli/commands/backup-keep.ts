/** What a person decides about a stored backup. It is all in files beside the manifest, so it works when everything else is down. */
import path from 'node:path';
import { DateTime } from 'luxon';
import { named, type Ours } from '../../activities/backups/pick.ts';
import { lastRetention } from '../../activities/retention/prune.ts';
import { removeHold, writeHold } from '../../catalog/hold.ts';
import { listBackups } from '../../catalog/list.ts';
import { undeleteBackup } from '../../catalog/trash.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { LoadedPlan } from '../../plan/load.ts';
import { planRetention } from '../../retention/plan.ts';
import { clock } from '../../text/time.ts';
import type { RetentionResult } from '../../workflows/contract.ts';
import { confirmYes } from '../ask.ts';
import type { CliContext } from '../context.ts';
import { explainFailure } from '../failures.ts';
import { renderRetention } from '../render/retention.ts';
import { startProcedure } from '../start.ts';
import { requireWorker, withTemporal } from '../temporal.ts';
import { whoAsks } from '../who.ts';

export interface BackupHoldOptions {
  readonly until: string;
  readonly reason: string;
}

/** `kintsugi backup hold` */
export async function backupHold(context: CliContext, wanted: string, { until, reason }: BackupHoldOptions): Promise<void> {
  const loaded = await context.loadPlan();
  const { zone } = loaded.plan;
  const end = endOf(until, zone);
  const backup = await ours(loaded, wanted);
  const hold = { until: end.toISOString(), reason, by: whoAsks(), at: new Date().toISOString() };
  await writeHold(backup.path, hold);
  context.answer({ type: 'hold', id: backup.id, ...hold });
  context.say(
    `${backup.id} is held until ${clock(hold.until, zone, 0)}: ${reason}. To let it go: kintsugi backup release ${backup.id}`,
  );
}

/** @returns the end of a day, or an instant with a time, in the plan's zone. @throws KintsugiError INVALID_INPUT */
function endOf(text: string, zone: string): Date {
  const at = DateTime.fromISO(text, { zone });
  const end = /^\d{4}-\d\d-\d\d$/.test(text) ? at.plus({ days: 1 }) : at;
  if (end.isValid && end.toMillis() > Date.now()) return end.toJSDate();
  throw new KintsugiError('INVALID_INPUT', end.isValid ? `--until ${text} has passed.` : `--until ${text} is no day.`, {
    state: 'Nothing was changed.',
    hints: ['--until 2027-03-31', '--until 2027-03-31T18:00'],
  });
}

/** `kintsugi backup release` */
export async function backupRelease(context: CliContext, wanted: string): Promise<void> {
  const backup = await ours(await context.loadPlan(), wanted);
  const was = await removeHold(backup.path);
  context.answer({ type: 'release', id: backup.id, was });
  context.say(was ? `${backup.id} is not held any more; its tiers decide.` : `${backup.id} was not held.`);
}

async function ours({ backupsFolder, folder }: LoadedPlan, wanted: string): Promise<Ours> {
  const found = named(await listBackups(backupsFolder), wanted, folder);
  if (found.state === 'whole' || found.state === 'broken') return found;
  throw new KintsugiError('INVALID_INPUT', `${wanted} is no backup of Kintsugi's: it is never deleted by itself.`, {
    state: 'Nothing was changed.',
    hints: ['kintsugi backup list'],
  });
}

/** `kintsugi backup undelete` */
export async function backupUndelete(context: CliContext, wanted: string): Promise<void> {
  const { backupsFolder } = await context.loadPlan();
  const deleted = (await listBackups(backupsFolder)).filter(({ state }) => state === 'deleted');
  const [found, ...more] = deleted.filter(({ id }) => id === wanted || (wanted.length >= 4 && id.startsWith(wanted)));
  if (found === undefined || more.length > 0) {
    const what =
      found === undefined ? `There is no deleted backup ${wanted}.` : `${wanted} is the beginning of ${more.length + 1}.`;
    throw new KintsugiError(found === undefined ? 'BACKUP_MISSING' : 'INVALID_INPUT', what, {
      state: 'Nothing was changed.',
      hints: [...deleted.slice(0, 3).map(({ id }) => `kintsugi backup undelete ${id}`), 'kintsugi backup list'],
    });
  }
  const folder = await undeleteBackup(found.path);
  context.answer({ type: 'undelete', id: found.id, path: folder });
  context.say(
    `${found.id} is back. Its time is over all the same; to keep it: kintsugi backup hold ${found.id} --until DAY --reason WHY`,
  );
}

export interface BackupPruneOptions {
  readonly dryRun?: boolean;
  readonly clockIsRight?: boolean;
  readonly yes?: boolean;
}

/** `kintsugi backup prune`: shows what would go and why each other stays; without --dry-run it goes. */
export async function backupPrune(context: CliContext, options: BackupPruneOptions): Promise<void> {
  const loaded = await context.loadPlan();
  const { plan, backupsFolder } = loaded;
  const clockIsRight = options.clockIsRight === true;
  const known = { clockIsRight, lastRunAt: clockIsRight ? null : await lastRetention(loaded) };
  const planned = await planRetention(plan, await listBackups(backupsFolder), known, Date.now());
  for (const line of renderRetention(planned, context.screen.colors)) context.say(line);
  const going = planned.decisions.filter(({ verdict }) => verdict !== 'keep').length;
  if (options.dryRun === true) {
    context.answer({ type: 'prune', dryRun: true, ...planned });
    context.say('Nothing was deleted.');
    return;
  }
  const isSure = options.yes === true || !context.screen.canAsk || (await confirmYes(context, `Delete ${going}?`));
  if (!isSure) {
    context.say('Nothing was deleted.');
    return;
  }
  const result = await prune(context, clockIsRight);
  context.answer({ type: 'prune', dryRun: false, ...result, decisions: planned.decisions });
  context.say(
    `${result.deleted.length} deleted (kintsugi backup undelete ID within ${plan.retention.trash}), ${result.purged.length} removed for good, ${result.kept} kept in ${path.basename(backupsFolder)}.`,
  );
}

async function prune(context: CliContext, clockIsRight: boolean): Promise<RetentionResult> {
  const { plan } = await context.loadPlan();
  return withTemporal(plan, async (temporal) => {
    await requireWorker(temporal);
    const handle = await startProcedure(temporal, plan, {
      workflowType: 'applyRetention',
      workflowId: `retention-${plan.stack.project}`,
      input: { clockIsRight },
      summary: `Deletion of old backups, asked for by ${whoAsks()}`,
    });
    return handle.result().catch((error: unknown) => {
      throw explainFailure(error);
    }) as Promise<RetentionResult>;
  });
}
