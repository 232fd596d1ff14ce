import { appendVerification, readVerifications, type Verification } from '../../catalog/verification.ts';
import type { StepInput } from '../context.ts';

export interface RecordInput extends StepInput {
  /** Absolute path of the backup's folder. */
  readonly path: string;
  readonly result: Pick<Verification, 'means' | 'outcome' | 'code' | 'message' | 'durationMs'>;
}

/** Keeps a result with its backup. Once for each means and run, however often it is tried; a backup that is gone keeps none. */
export async function recordVerification({ path, result, workflowId, runId }: RecordInput): Promise<void> {
  const known = await readVerifications(path);
  if (known.some(({ means, by }) => means === result.means && by.runId === runId)) return;
  const line = { ...result, at: new Date().toISOString(), by: { workflowId, runId } };
  await appendVerification(path, line).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
