import { backupsFolder } from '../../catalog/layout.ts';
import { listBackups, type WholeBackup } from '../../catalog/list.ts';
import { appendVerification, readVerifications } from '../../catalog/verification.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { checkBackup } from '../backups/check.ts';
import type { StepInput, WorkerContext } from '../context.ts';

/** What speaks against the backup itself, and not against the machine that looked at it. */
const ofTheBackup = /^BACKUP_(CORRUPT|TRUNCATED|EMPTY|UNREADABLE|KEY|MISSING)$/;

/**
 * Checks the newest backup of each database of the stack that nobody verified yet, by its checksums, and keeps the result with it.
 * Without it nothing would be known of the backups that are to take the place of those that go.
 *
 * @returns ids by outcome. @throws what keeps the check itself from being made.
 */
export async function checkNewest(context: WorkerContext, input: StepInput): Promise<{ passed: string[]; failed: string[] }> {
  const entries = await listBackups(backupsFolder(context, input.plan));
  const ours = entries.filter(
    (entry): entry is WholeBackup => entry.state === 'whole' && entry.manifest.stack === input.plan.stack.project,
  );
  const names = [...new Set(ours.map(({ manifest }) => manifest.database.name))];
  const done = { passed: [] as string[], failed: [] as string[] };
  for (const name of names) {
    const newest = ours.find(({ manifest }) => manifest.database.name === name);
    if (newest === undefined || (await readVerifications(newest.path)).length > 0) continue;
    done[await checkOne(context, input, newest)].push(newest.id);
  }
  return done;
}

async function checkOne(context: WorkerContext, input: StepInput, backup: WholeBackup): Promise<'passed' | 'failed'> {
  const began = Date.now();
  const { workflowId, runId } = input;
  const keep = (outcome: 'passed' | 'failed', fault: { code?: string; message?: string } = {}) =>
    appendVerification(backup.path, {
      at: new Date().toISOString(),
      means: 'checksums',
      outcome,
      ...fault,
      by: { workflowId, runId },
      durationMs: Date.now() - began,
    });
  try {
    await checkBackup(context, { ...input, path: backup.path });
    await keep('passed');
    return 'passed';
  } catch (error) {
    if (!(error instanceof KintsugiError) || !ofTheBackup.test(error.code)) throw error;
    await keep('failed', { code: error.code, message: error.message });
    return 'failed';
  }
}
