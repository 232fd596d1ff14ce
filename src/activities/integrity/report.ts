import path from 'node:path';
import { pathSegment } from '../../evidence/line.ts';
import { readHistory } from '../../integrity/history.ts';
import { checkDocument } from '../../reports/check/document.ts';
import type { CheckReport } from '../../reports/check/report.ts';
import { renderDocumentAsHtml } from '../../reports/document/html.tsx';
import { renderDocumentAsMarkdown } from '../../reports/document/markdown.ts';
import { writeForms } from '../../reports/files.ts';
import { shortRunId } from '../../workflows/run-id.ts';
import type { StepInput, WorkerContext } from '../context.ts';

/** A year of weekly runs. */
const shownRuns = 53;

type Facts = Pick<CheckReport, 'startedAt' | 'only' | 'checked' | 'findings' | 'incidents'>;

/**
 * Writes the report of a run of the checks, which outlives Temporal: `<state>/reports/check-<stack>-<end of the run id>`.
 *
 * @returns the path of the page; Markdown and JSON stand beside it. @throws the file system's error.
 */
export async function writeCheckReport(context: WorkerContext, input: StepInput & Facts): Promise<{ path: string }> {
  const { plan, database, workflowId, runId, startedAt, only, checked, findings, incidents } = input;
  const report: CheckReport = context.redact({
    version: 1,
    kind: 'check',
    madeAt: new Date().toISOString(),
    zone: plan.zone,
    stack: plan.stack.project,
    database,
    workflowId,
    runId,
    startedAt,
    only,
    checked,
    findings,
    incidents,
    // A later run may have ended before this report was written.
    runs: (await readHistory(context.stateFolder, database)).filter(({ at }) => at <= startedAt).slice(-shownRuns),
  });
  const file = path.join(context.stateFolder, 'reports', `${pathSegment(workflowId)}-${pathSegment(shortRunId(runId))}`);
  const shown = checkDocument(report);
  return {
    path: await writeForms(file, {
      html: () => renderDocumentAsHtml(shown),
      md: () => renderDocumentAsMarkdown(shown),
      json: () => `${JSON.stringify(report, null, 2)}\n`,
    }),
  };
}
