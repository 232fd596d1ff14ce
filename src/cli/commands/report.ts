import { KintsugiError } from '../../errors/kintsugi-error.ts';
import type { CliContext } from '../context.ts';
import { isRestoreResult } from '../follow/observation.ts';
import { findReport } from '../reports.ts';

export interface ReportOptions {
  readonly format: 'json' | 'md' | 'html';
}

/** `kintsugi report`: the report of a recovery, from the worker's file. It needs no Temporal, whose retention ends. */
export async function report(context: CliContext, options: ReportOptions, id?: string): Promise<void> {
  const { stateFolder } = await context.loadPlan();
  const { path, result } = await findReport(stateFolder, id);
  if (options.format === 'json' || context.json) {
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
    return;
  }
  if (options.format === 'html') {
    throw new KintsugiError('INVALID_INPUT', 'HTML reports are not made yet.', {
      hints: ['kintsugi report --format md', `less ${path}`],
    });
  }
  const checklist = isRestoreResult(result) ? result.checklist : JSON.stringify(result, null, 2);
  process.stdout.write(`${checklist}\n`);
}
