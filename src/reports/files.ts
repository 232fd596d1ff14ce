import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathSegment } from '../evidence/line.ts';
import { shortRunId } from '../workflows/run-id.ts';
import { renderHtml } from './html/page.tsx';
import { renderMarkdown } from './markdown.ts';
import type { Report } from './report.ts';

const formats = { html: renderHtml, md: renderMarkdown, json: (report: Report) => `${JSON.stringify(report, null, 2)}\n` };

export type ReportFormat = keyof typeof formats;
export const reportFormats = Object.keys(formats) as ReportFormat[];

/** @returns a report as a text of the format. */
export function renderReport(report: Report, format: ReportFormat): string {
  return formats[format](report);
}

/** @returns the path of a run's report: `<state>/reports/<workflow>-<end of the run id>.<format>`. */
function reportFile(stateFolder: string, workflowId: string, runId: string, format: ReportFormat): string {
  return join(stateFolder, 'reports', `${pathSegment(workflowId)}-${pathSegment(shortRunId(runId))}.${format}`);
}

/**
 * Writes a report in every format, each whole or not at all.
 *
 * @returns the path of the page.
 * @throws the file system's error.
 */
export async function writeReportFiles(stateFolder: string, report: Report): Promise<string> {
  await mkdir(join(stateFolder, 'reports'), { recursive: true, mode: 0o700 });
  for (const format of reportFormats) {
    const file = reportFile(stateFolder, report.workflowId, report.runId, format);
    await writeFile(`${file}.partial`, renderReport(report, format), { mode: 0o600 });
    await rename(`${file}.partial`, file);
  }
  return reportFile(stateFolder, report.workflowId, report.runId, 'html');
}

/** @returns the report that was written when a run ended; null if there is none that can be read. */
export async function readReportFile(stateFolder: string, workflowId: string, runId: string): Promise<Report | null> {
  try {
    const report = JSON.parse(await readFile(reportFile(stateFolder, workflowId, runId, 'json'), 'utf8')) as Partial<Report>;
    return report.version === 1 && report.evidence !== undefined ? (report as Report) : null;
  } catch {
    return null;
  }
}
