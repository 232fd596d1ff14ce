import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pathSegment } from '../evidence/line.ts';
import { shortRunId } from '../workflows/run-id.ts';
import { renderDocumentAsHtml } from './document/html.tsx';
import { renderDocumentAsMarkdown } from './document/markdown.ts';
import { drillDocument } from './drill/document.ts';
import type { DrillReport } from './drill/report.ts';
import { renderHtml } from './html/page.tsx';
import { incidentDocument } from './incident/document.ts';
import type { IncidentReport } from './incident/report.ts';
import { renderMarkdown } from './markdown.ts';
import type { Report } from './report.ts';

/** Of a procedure, of a drill, or of an incident with all its recoveries. */
export type AnyReport = Report | IncidentReport | DrillReport;

const documentOf = (report: IncidentReport | DrillReport) =>
  report.kind === 'drill' ? drillDocument(report) : incidentDocument(report);

const formats = {
  html: (report: AnyReport) => ('kind' in report ? renderDocumentAsHtml(documentOf(report)) : renderHtml(report)),
  md: (report: AnyReport) => ('kind' in report ? renderDocumentAsMarkdown(documentOf(report)) : renderMarkdown(report)),
  json: (report: AnyReport) => `${JSON.stringify(report, null, 2)}\n`,
};

export type ReportFormat = keyof typeof formats;
export const reportFormats = Object.keys(formats) as ReportFormat[];

/** @returns a report as a text of the format. */
export function renderReport(report: AnyReport, format: ReportFormat): string {
  return formats[format](report);
}

/** @returns the path of a run's report without its ending: `<state>/reports/<workflow>-<end of the run id>`. */
function reportPath(stateFolder: string, workflowId: string, runId: string): string {
  return join(stateFolder, 'reports', `${pathSegment(workflowId)}-${pathSegment(shortRunId(runId))}`);
}

/**
 * Writes the report of a run in every format, each whole or not at all.
 *
 * @returns the path of the page.
 * @throws the file system's error.
 */
export async function writeReportFiles(stateFolder: string, report: Report | DrillReport): Promise<string> {
  const { workflowId, runId } = 'kind' in report ? report.run : report;
  return writeReportForms(reportPath(stateFolder, workflowId, runId), report);
}

/** The same, at a path that is given without its ending. */
export function writeReportForms(path: string, report: AnyReport): Promise<string> {
  const form = (format: ReportFormat) => () => renderReport(report, format);
  return writeForms(path, { html: form('html'), md: form('md'), json: form('json') });
}

/** Writes any report in every format. @param path without its ending. @returns the path of the page. */
export async function writeForms(path: string, forms: Readonly<Record<ReportFormat, () => string>>): Promise<string> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  for (const format of reportFormats) {
    const file = `${path}.${format}`;
    await writeFile(`${file}.partial`, forms[format](), { mode: 0o600 });
    await rename(`${file}.partial`, file);
  }
  return `${path}.html`;
}

/** @returns the report that was written when a run ended; null if there is none that can be read. */
export async function readReportFile(stateFolder: string, workflowId: string, runId: string): Promise<Report | null> {
  try {
    const text = await readFile(`${reportPath(stateFolder, workflowId, runId)}.json`, 'utf8');
    const found = JSON.parse(text) as Partial<Report> & Partial<DrillReport>;
    // Of a drill it is the part that tells its run.
    const report: Partial<Report> = found.kind === 'drill' ? (found.run ?? {}) : found;
    return report.version === 1 && report.evidence !== undefined ? (report as Report) : null;
  } catch {
    return null;
  }
}
