import { evidenceFile } from '../../evidence/line.ts';
import { readEvidence } from '../../evidence/read.ts';
import { buildReport } from '../../reports/build.ts';
import { drillReport } from '../../reports/drill/make.ts';
import { writeReportFiles } from '../../reports/files.ts';
import type { DecisionRecord, ProcedureRecord } from '../../workflows/contract.ts';
import type { StepInput, WorkerContext } from '../context.ts';

export interface ReportWritten {
  /** Path of the page; the Markdown and JSON forms stand beside it. */
  readonly path: string;
  /** How many lines the evidence had, and the sha256 of the last one: Temporal keeps them, and is a witness that none was cut off. */
  readonly lines: number;
  readonly head: string;
  /** Comes back, so that it is in the evidence too: a report can be made from that alone. */
  readonly record: ProcedureRecord;
}

/** Writes the report of a procedure that has ended outside Temporal too, whose retention ends. */
export async function writeReport(
  context: WorkerContext,
  input: StepInput & { record: ProcedureRecord },
): Promise<ReportWritten> {
  const { workflowId, runId, record, plan } = input;
  const file = evidenceFile(context.stateFolder, workflowId, runId);
  const chain = await readEvidence(file);
  const report = buildReport({
    workflowId,
    runId,
    evidence: { file, chain },
    history: null,
    whyNoHistory: 'it was written by the worker as the procedure’s last step',
    record,
    progress: null,
    witnesses: [],
    madeAt: new Date().toISOString(),
    zone: plan.zone,
  });
  const drill = await drillReport(context.stateFolder, report);
  return {
    path: await writeReportFiles(context.stateFolder, drill ?? report),
    lines: chain.lines.length,
    head: chain.head,
    record,
  };
}

/** Keeps who decided what, before anything is touched: what an activity answers is in the evidence, however the run ends. */
export async function recordDecisions(input: DecisionRecord): Promise<DecisionRecord> {
  return input;
}
