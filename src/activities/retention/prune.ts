import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../../catalog/durable.ts';
import { backupsFolder } from '../../catalog/layout.ts';
import { listBackups } from '../../catalog/list.ts';
import { purgeBackup, trashBackup } from '../../catalog/trash.ts';
import type { Plan } from '../../plan/schema.ts';
import type { Decision, RetentionPlan } from '../../retention/decide.ts';
import { planRetention } from '../../retention/plan.ts';
import type { WorkerContext } from '../context.ts';

const record = z.object({ lastRunAt: z.number() });

/** The record of when retention last ran with a clock that was believed; beside the backups, since they are what it guards. */
function recordFile(context: { readonly stateFolder: string }): string {
  return path.join(context.stateFolder, 'retention.json');
}

/** @returns when retention last ran; null if never, or if that can't be read. */
export async function lastRetention(context: { readonly stateFolder: string }): Promise<number | null> {
  try {
    return record.parse(JSON.parse(await readFile(recordFile(context), 'utf8'))).lastRunAt;
  } catch {
    return null;
  }
}

export interface PruneInput {
  readonly plan: Plan;
  /** A person says that the clock is right: doubts about it alone keep nothing. */
  readonly clockIsRight: boolean;
}

/**
 * Deletes what may go: a rename; and the files of what was renamed a day ago. Decided anew from what is there now, so an attempt that
 * died half-way is continued. @returns what became of each, and why.
 */
export async function pruneBackups(context: WorkerContext, { plan, clockIsRight }: PruneInput): Promise<RetentionPlan> {
  const now = Date.now();
  const lastRunAt = clockIsRight ? null : await lastRetention(context);
  const entries = await listBackups(backupsFolder(context, plan));
  const decided = await planRetention(plan, entries, { lastRunAt, clockIsRight }, now);
  const decisions: Decision[] = [];
  for (const each of decided.decisions) {
    const done = each.verdict === 'keep' || (await carryOut(each, now));
    decisions.push(done ? each : { ...each, verdict: 'keep', why: 'somebody began to read it this very moment' });
  }
  if (!decided.clockDoubted) await remember(context, now);
  return { ...decided, decisions };
}

async function carryOut({ verdict, path: target, why }: Decision, now: number): Promise<boolean> {
  if (verdict === 'delete') return trashBackup(target, why, now);
  await purgeBackup(target);
  return true;
}

async function remember(context: WorkerContext, lastRunAt: number): Promise<void> {
  await mkdir(context.stateFolder, { recursive: true, mode: 0o750 });
  const file = recordFile(context);
  await writeDurably(`${file}.new`, `${JSON.stringify({ lastRunAt })}\n`);
  await rename(`${file}.new`, file);
}
