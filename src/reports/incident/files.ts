import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathSegment } from '../../evidence/line.ts';
import type { IncidentReport } from './report.ts';

/** @returns the path of an incident's report without its ending: `<state>/reports/<workflow>-<end of its first run id>`. */
export function incidentReportPath(stateFolder: string, key: string): string {
  const slash = key.lastIndexOf('/');
  return join(stateFolder, 'reports', `${pathSegment(key.slice(0, slash))}-${pathSegment(key.slice(slash + 1))}`);
}

/** @returns the report that was written last; null if there is none that can be read. */
export async function readIncidentReport(stateFolder: string, key: string): Promise<IncidentReport | null> {
  try {
    const text = await readFile(`${incidentReportPath(stateFolder, key)}.json`, 'utf8');
    const report = JSON.parse(text) as Partial<IncidentReport>;
    return report.kind === 'incident' && report.version === 1 && Array.isArray(report.evidence)
      ? (report as IncidentReport)
      : null;
  } catch {
    return null;
  }
}
