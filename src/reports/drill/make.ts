import { readDrill, readDrills } from '../../drills/files.ts';
import { readDrillRules } from '../../drills/rules-record.ts';
import type { Report } from '../report.ts';
import { buildDrillReport } from './build.ts';
import type { DrillReport } from './report.ts';

/** @returns the report of a drill around that of its run, from the drills on record; null if the run was no drill. */
export async function drillReport(stateFolder: string, run: Report): Promise<DrillReport | null> {
  const drill = await readDrill(stateFolder, run);
  if (drill === null) return null;
  const [drills, rules] = await Promise.all([readDrills(stateFolder), readDrillRules(stateFolder)]);
  return buildDrillReport({ drill, run, drills, rules, madeAt: run.madeAt, zone: run.zone });
}
