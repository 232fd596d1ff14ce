import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { BackupFacts } from '../../catalog/facts.ts';
import { markReader, unmarkReader } from '../../catalog/readers.ts';
import type { Verification } from '../../catalog/verification.ts';
import { KintsugiError } from '../../errors/kintsugi-error.ts';
import { speaksAgainstBackup } from '../../verification/fault.ts';
import { checkBackup } from '../backups/check.ts';
import type { StepInput, WorkerContext } from '../context.ts';
import { checkListing } from './listing.ts';
import { recordVerification } from './record.ts';

/** How the files of a backup are. `gone`: it was deleted meanwhile, which is no fault of it. */
export type FilesOutcome =
  | { readonly outcome: 'passed'; readonly facts: BackupFacts }
  | { readonly outcome: 'failed'; readonly code: string; readonly message: string }
  | { readonly outcome: 'gone' };

const readMs = 24 * 60 * 60 * 1000;

/**
 * Reads a stored backup from its beginning to its end (checksums), then its archive's table of contents, and keeps both results with
 * it. Retention leaves it alone meanwhile.
 *
 * @param input.path absolute path of the backup's folder. @throws what keeps it from being checked and is no fault of the backup.
 */
export async function checkFiles(context: WorkerContext, input: StepInput & { path: string }): Promise<FilesOutcome> {
  const { path } = input;
  try {
    await markReader(path, input, readMs);
    const facts = await keeping(input, 'checksums', () => checkBackup(context, input));
    await keeping(input, 'listing', () => checkListing(context, input));
    return { outcome: 'passed', facts };
  } catch (error) {
    if (await isGone(path)) return { outcome: 'gone' };
    if (!(error instanceof KintsugiError) || !speaksAgainstBackup(error.code, error.message)) throw error;
    return { outcome: 'failed', code: error.code, message: error.message };
  } finally {
    await unmarkReader(path, input);
  }
}

/** Whoever removes a folder removes its files first: it is looked at twice. */
async function isGone(path: string): Promise<boolean> {
  const there = () =>
    stat(path).then(
      () => true,
      () => false,
    );
  if (!(await there())) return true;
  await delay(1000);
  return !(await there());
}

async function keeping<T>(input: StepInput & { path: string }, means: Verification['means'], work: () => Promise<T>): Promise<T> {
  const began = Date.now();
  const keep = (result: Pick<Verification, 'outcome' | 'code' | 'message'>) =>
    recordVerification({ ...input, result: { means, durationMs: Date.now() - began, ...result } });
  try {
    const found = await work();
    await keep({ outcome: 'passed' });
    return found;
  } catch (error) {
    const isFault = error instanceof KintsugiError && speaksAgainstBackup(error.code, error.message);
    if (isFault && !(await isGone(input.path))) await keep({ outcome: 'failed', code: error.code, message: error.message });
    throw error;
  }
}
