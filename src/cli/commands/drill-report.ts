import type { CliContext } from '../context.ts';
import { findDrill } from '../drills.ts';
import { type ReportOptions, report } from './report.ts';

/** `kintsugi drill report`: needs no Temporal, whose retention ends, and no worker. */
export async function drillReportCommand(context: CliContext, options: ReportOptions, id?: string): Promise<void> {
  const { stateFolder } = await context.loadPlan();
  const { begun } = await findDrill(stateFolder, id);
  await report(context, options, `${begun.workflowId}/${begun.runId}`);
}
